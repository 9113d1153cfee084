//! `matinee users …`: people with an account, and their roles.

use std::sync::Arc;

use clap::Subcommand;
use matinee_domain::{Email, Role, UserId};
use matinee_services::{
    ports::{
        MailTokenRepository, PasskeyRemoval, PasskeyRepository, PeopleRepository, Person, RoleChange,
        SecondFactorRepository, SessionRepository, SystemClock,
    },
    provenance::{Actor, Provenance},
};
use matinee_store::Store;

use crate::{
    auth::{SealedFactors, SealingKeys},
    compose,
    config::Config,
};

/// People that are read at once.
const AT_ONCE: u32 = 500;

#[derive(Debug, Subcommand)]
pub enum What {
    /// List people by e-mail address.
    #[command(
        after_help = "Examples:\n  matinee users list\n  matinee users list --role admin\n  matinee users list --find example.org"
    )]
    List {
        /// Only those whose name or e-mail address holds this.
        #[arg(long, default_value = "", value_name = "TEXT")]
        find: String,
        /// Only those with this role: member, editor or admin.
        #[arg(long)]
        role: Option<Role>,
    },
    /// Show one person.
    #[command(after_help = "Example:\n  matinee users show ada@example.org")]
    Show {
        /// E-mail address or id.
        person: String,
    },
    /// Give a person a role in place of the one they have.
    #[command(
        after_help = "Roles: member (everybody), editor (keeps films' data right), admin (history, people, everything). It holds from the \
                      person's next request on.\n\nExamples:\n  matinee users grant ada@example.org admin\n  \
                      matinee users grant bo@example.org editor"
    )]
    Grant {
        /// E-mail address or id.
        person: String,
        /// member, editor or admin.
        role: Role,
    },
    /// Make a person a member again.
    #[command(after_help = "The last admin stays one: give the role to somebody else first.\n\nExample:\n  \
                            matinee users revoke-role ada@example.org")]
    RevokeRole {
        /// E-mail address or id.
        person: String,
    },
    /// Take away a second step that a person lost with all recovery codes.
    #[command(
        after_help = "Make sure by another way that it is the person who asks: from then on the password alone lets in. It holds at once and is \
                      kept in the history; the person can set up a new one under Account, Security. The last passkey of somebody who has no \
                      other way in stays.\n\nExamples:\n  matinee users remove-second-step ada@example.org\n  \
                      matinee users remove-second-step ada@example.org --passkeys"
    )]
    RemoveSecondStep {
        /// E-mail address or id.
        person: String,
        /// Take away all passkeys, too: their device is lost.
        #[arg(long)]
        passkeys: bool,
    },
    /// End a person's sessions, or everybody's: they are signed out everywhere.
    #[command(
        after_help = "It holds on every instance with the next request, and is kept in the history. Tokens for programs stay; deleting the \
                      account or its owner ends those.\n\nExamples:\n  matinee users end-sessions ada@example.org\n  \
                      matinee users end-sessions --everybody"
    )]
    EndSessions {
        /// E-mail address or id.
        #[arg(required_unless_present = "everybody", conflicts_with = "everybody")]
        person: Option<String>,
        /// All sessions of all people, such as after a break-in.
        #[arg(long)]
        everybody: bool,
    },
    /// Encipher what authenticator apps share with the first key of `auth.secrets_key_file`.
    #[command(
        after_help = "What was kept before there was a key, or was sealed with an older one, is sealed anew; nobody notices. Once it says that \
                      none is left, older keys can be taken out of the file.\n\nExit codes: 0 all are sealed with the first key, 1 some could not \
                      be, 2 wrong arguments.\n\nExample:\n  matinee users seal-second-steps"
    )]
    SealSecondSteps,
}

/// Runs one of the commands.
pub async fn run(config: &Config, what: What) -> anyhow::Result<()> {
    let store = compose::open_store(config, Arc::new(SystemClock)).await?;
    match what {
        What::List { find, role } => list(&store, &find, role).await?,
        What::Show { person } => show(&store, &find(&store, &person).await?).await?,
        What::Grant { person, role } => set_role(&store, &person, role).await?,
        What::RemoveSecondStep { person, passkeys } => remove_second_step(&store, &person, passkeys).await?,
        What::EndSessions { person: Some(person), .. } => end_sessions(&store, &person).await?,
        What::EndSessions { person: None, .. } => end_all_sessions(&store).await?,
        What::SealSecondSteps => seal_second_steps(config, &store).await?,
        What::RevokeRole { person } => set_role(&store, &person, Role::Member).await?,
    }
    store.close().await;
    Ok(())
}

async fn list(store: &Store, find: &str, role: Option<Role>) -> anyhow::Result<()> {
    let mut after: Option<String> = None;
    loop {
        let people = store.list_people(find, role, after.as_deref(), AT_ONCE).await?;
        for person in &people {
            println!("{}  {:6}  {:40} {}", person.id, person.role, person.email, person.name);
        }
        match people.last() {
            Some(last) if people.len() == AT_ONCE as usize => after = Some(last.place()),
            None if after.is_none() => {
                println!("Nobody matches.");
                return Ok(());
            }
            _ => return Ok(()),
        }
    }
}

async fn show(store: &Store, person: &Person) -> anyhow::Result<()> {
    let confirmed = if store.is_confirmed(person.id).await? { "confirmed" } else { "not confirmed" };
    let step = store.lookup_factor(person.id).await?;
    let step = step.map_or_else(|| "off".to_owned(), |step| format!("on since {}", step.since.to_rfc3339()));
    println!("id       {}", person.id);
    println!("name     {}", person.name);
    println!("e-mail   {} ({confirmed})", person.email);
    println!("role     {}", person.role);
    println!("since    {}", person.created_at.to_rfc3339());
    println!("step 2   {step}");
    println!("ratings  {}", person.ratings);
    Ok(())
}

async fn set_role(store: &Store, person: &str, role: Role) -> anyhow::Result<()> {
    let person = find(store, person).await?;
    match by_operator(format!("becomes {role}")).scope(store.set_role(person.id, role)).await? {
        RoleChange::Done => println!("{} is {role} now.", person.email),
        RoleChange::Same => println!("{} is {role} already.", person.email),
        RoleChange::LastAdmin => {
            anyhow::bail!(
                "{} is the only admin: make somebody else one first (matinee users grant … admin)",
                person.email
            )
        }
    }
    Ok(())
}

async fn remove_second_step(store: &Store, person: &str, with_passkeys: bool) -> anyhow::Result<()> {
    let person = find(store, person).await?;
    if by_operator("lost".to_owned()).scope(store.remove_factor(person.id)).await? {
        println!("{} has no second step any more: the password alone lets in now.", person.email);
    } else {
        println!("{} has no second step.", person.email);
    }
    if with_passkeys {
        remove_passkeys(store, &person).await?;
    }
    Ok(())
}

async fn remove_passkeys(store: &Store, person: &Person) -> anyhow::Result<()> {
    for passkey in store.list_passkeys(person.id).await? {
        let removing = by_operator("lost".to_owned()).scope(store.remove_passkey(person.id, &passkey.id));
        match removing.await? {
            PasskeyRemoval::Removed | PasskeyRemoval::NotTheirs => println!("The passkey {} is removed.", passkey.name),
            PasskeyRemoval::LastWayIn | PasskeyRemoval::SecondStep => {
                anyhow::bail!("the passkey {} is the only way in of {} and stays", passkey.name, person.email)
            }
        }
    }
    Ok(())
}

async fn end_sessions(store: &Store, person: &str) -> anyhow::Result<()> {
    let person = find(store, person).await?;
    let ended = by_operator("of one person".to_owned()).scope(store.remove_all(person.id, None)).await?;
    println!("{} is signed out everywhere; sessions ended: {ended}.", person.email);
    Ok(())
}

async fn end_all_sessions(store: &Store) -> anyhow::Result<()> {
    let ended = by_operator("of everybody".to_owned()).scope(store.remove_everybodys()).await?;
    println!("Everybody is signed out everywhere; sessions ended: {ended}.");
    Ok(())
}

async fn seal_second_steps(config: &Config, store: &Store) -> anyhow::Result<()> {
    let Some(keys) = SealingKeys::open(config)? else {
        anyhow::bail!("there is no key: set `auth.secrets_key_file` to the same file on all instances");
    };
    let factors = SealedFactors::new(Arc::new(store.clone()), Some(Arc::new(keys)));
    let found = by_operator("all".to_owned()).scope(factors.reseal_all()).await?;
    println!("Sealed anew: {}. Sealed with the first key already: {}.", found.sealed, found.current);
    if found.unknown > 0 {
        anyhow::bail!(
            "{} are sealed with a key that is not in the file: add that key below the others, or take those people's second step away \
             (matinee users remove-second-step)",
            found.unknown
        );
    }
    Ok(())
}

/// The note names nobody: whom it is about is in the rows, which erasing a person reaches.
fn by_operator(note: String) -> Provenance {
    Provenance { actor: Actor::Operator, note: Some(note), ..Provenance::default() }
}

/// By e-mail address or id.
async fn find(store: &Store, person: &str) -> anyhow::Result<Person> {
    let found = match person.parse::<UserId>() {
        Ok(id) => store.lookup_person(id).await?,
        Err(_) => store.lookup_by_email(&Email::parse(person)?).await?,
    };
    found.ok_or_else(|| anyhow::anyhow!("there is no account {person}; `matinee users list` names them"))
}
