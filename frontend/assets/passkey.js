// Asks the device for a passkey: a form says what for, the server what to ask, and the answer is sent as a form. Nothing else of
// the page needs a script.

const forms = document.querySelectorAll("form[data-passkey]");
const isKnown = Boolean(window.isSecureContext && window.PublicKeyCredential && navigator.credentials);

for (const form of forms) {
  if (form.dataset.origin !== location.origin) say(form, "elsewhere");
  else if (!isKnown) say(form, "no-passkeys");
  else prepare(form);
}

function prepare(form) {
  let isAsking = false;
  const ask = async () => {
    if (isAsking) return;
    isAsking = true;
    say(form, "");
    try {
      form.elements.namedItem("answer").value = JSON.stringify(await answer(form));
      form.submit();
    } catch (error) {
      if (error) say(form, reason(error));
      isAsking = false;
    }
  };
  form.querySelector("[data-ready]").hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  // Back from another page, what was answered is over.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) isAsking = false;
  });
  if (form.hasAttribute("data-at-once")) ask();
}

/** Shows what is said under this name, and nothing else of the kind. */
function say(form, name) {
  for (const text of form.querySelectorAll("[data-says]")) text.hidden = text.dataset.says !== name;
  form.querySelector("[data-said]")?.remove();
}

function reason(error) {
  if (error.name === "InvalidStateError") return "known";
  return error.name === "NotAllowedError" || error.name === "AbortError" ? "cancelled" : "failed";
}

async function answer(form) {
  const isNew = form.dataset.passkey === "create";
  const begun = await fetch(`${new URL(form.action).pathname}/begin`, {
    method: "POST",
    headers: { Accept: "text/html, application/json" },
    body: new URLSearchParams(new FormData(form)),
  });
  // A page says what is wrong: a sign-in that is too long ago, or a name that can't be taken.
  if (begun.redirected) {
    location.assign(begun.url);
    throw null;
  }
  // The password before it is too long ago, which the page itself says.
  if (begun.status === 400) {
    location.reload();
    throw null;
  }
  if (!begun.ok) throw new Error(`${begun.status}`);
  const publicKey = withBytes(await begun.json());
  const credential = isNew ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey });
  const { response } = credential;
  const common = {
    type: "public-key",
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientDataJSON: text(response.clientDataJSON),
    // Nothing is asked for that would be answered here.
    clientExtensionResults: {},
  };
  return isNew
    ? { ...common, attestationObject: text(response.attestationObject), transports: [] }
    : {
        ...common,
        id: text(credential.rawId),
        authenticatorData: text(response.authenticatorData),
        signature: text(response.signature),
        userHandle: text(response.userHandle),
      };
}

/** What the server asks, with bytes where browsers want them. */
function withBytes(options) {
  const listed = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  const { challenge, user, excludeCredentials, allowCredentials, ...others } = options;
  return {
    ...others,
    challenge: bytes(challenge),
    ...(user && { user: { ...user, id: bytes(user.id) } }),
    ...(excludeCredentials && { excludeCredentials: listed(excludeCredentials) }),
    ...(allowCredentials && { allowCredentials: listed(allowCredentials) }),
  };
}

function bytes(base64url) {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function text(buffer) {
  const binary = Array.from(new Uint8Array(buffer ?? []), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
