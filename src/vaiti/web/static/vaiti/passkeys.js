// Passkeys: asks the server for a question, the browser for its answer, and sends that as a form.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const listed = (found) => (found || []).map((one) => ({ ...one, id: toBytes(one.id) }));

const create = async (options) => {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: listed(options.excludeCredentials),
    },
  });
  return {
    id: made.id,
    rawId: toText(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: toText(made.response.clientDataJSON),
      attestationObject: toText(made.response.attestationObject),
    },
  };
};

const get = async (options) => {
  const given = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: listed(options.allowCredentials),
    },
  });
  return {
    id: given.id,
    rawId: toText(given.rawId),
    type: given.type,
    response: {
      clientDataJSON: toText(given.response.clientDataJSON),
      authenticatorData: toText(given.response.authenticatorData),
      signature: toText(given.response.signature),
      userHandle: given.response.userHandle ? toText(given.response.userHandle) : null,
    },
  };
};

const tell = (form, part) => {
  for (const box of form.querySelectorAll("[data-part]")) box.hidden = box.dataset.part !== part;
};

const answer = async (form) => {
  tell(form, "");
  const asked = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
  if (!asked.ok || asked.redirected) return tell(form, "away");
  const options = await asked.json();
  try {
    const made = await (form.dataset.passkey === "create" ? create : get)(options);
    form.elements.response.value = JSON.stringify(made);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return tell(form, "refused");
  }
  form.submit();
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(form).catch(() => tell(form, "away"));
  });
}
