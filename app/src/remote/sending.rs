//! Forms that are sent without leaving the page; without JavaScript the browser sends them as they are.

use leptos::{
    form::form_data_from_event,
    prelude::*,
    server_fn::ServerFn,
    task::spawn_local,
    web_sys::{FormData, SubmitEvent, UrlSearchParams},
};

use super::side;
use crate::AppError;

/// Where a form is sent, and what came of it.
#[derive(Clone, Copy)]
pub struct Sending {
    path: &'static str,
    /// The fields that are on their way.
    under_way: RwSignal<Option<String>>,
    /// Those to send next: the last ones, where somebody is quicker than the server.
    next: StoredValue<Option<String>>,
    answer: RwSignal<Option<Result<(), AppError>>>,
}

impl Sending {
    /// To the server function `F`.
    pub fn to<F: ServerFn<Output = (), Error = AppError>>() -> Self {
        Self {
            path: F::PATH,
            under_way: RwSignal::default(),
            next: StoredValue::default(),
            answer: RwSignal::default(),
        }
    }

    /// The function's path.
    pub const fn path(self) -> &'static str {
        self.path
    }

    /// `aria-busy` of the form's button.
    pub fn busy(self) -> Option<&'static str> {
        self.under_way.with(Option::is_some).then_some("true")
    }

    /// What came of it the last time; `None` until then.
    pub fn answer(self) -> Option<Result<(), AppError>> {
        self.answer.get()
    }

    /// Whether it was done the last time.
    pub fn is_done(self) -> bool {
        self.answer.with(|answer| matches!(answer, Some(Ok(()))))
    }

    fn send(self, fields: String) {
        match self.under_way.get_untracked() {
            None => spawn_local(self.deliver(fields)),
            // Pressed twice: it is on its way already.
            Some(same) if same == fields => self.next.set_value(None),
            Some(_) => self.next.set_value(Some(fields)),
        }
    }

    async fn deliver(self, mut fields: String) {
        loop {
            self.under_way.set(Some(fields.clone()));
            let answer = side::submit(self.path, &fields).await;
            if let Some(next) = self.next.try_update_value(Option::take).flatten() {
                fields = next;
                continue;
            }
            // The page, and with it the form, may be gone.
            let _ = self.under_way.try_set(None);
            let _ = self.answer.try_set(Some(answer));
            return;
        }
    }
}

/// The form itself.
#[component]
pub fn SentForm(
    sending: Sending,
    #[prop(optional)] class: Option<&'static str>,
    /// Told what is sent, as soon as it is.
    #[prop(optional)]
    on_send: Option<Callback<FormData>>,
    children: Children,
) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Ok(data) = form_data_from_event(&event) else { return };
        let Ok(form) = UrlSearchParams::new_with_str_sequence_sequence(&data) else { return };
        if let Some(on_send) = on_send {
            on_send.run(data);
        }
        sending.send(form.to_string().into());
    };
    view! {
        <form class=class method="post" action=sending.path novalidate on:submit=submit>
            {children()}
        </form>
    }
}
