// Passkeys: a form with data-passkey="create" or "get" asks its data-challenge for a challenge, hands it to the device, and is sent with
// what the device answers. Where the browser has no passkeys the form stays hidden: the password is always there.
(() => {
  "use strict";
  if (!globalThis.PublicKeyCredential || !navigator.credentials) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));

  async function create(options) {
    options.challenge = bytes(options.challenge);
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = listed(options.excludeCredentials);
    const key = await navigator.credentials.create({ publicKey: options });
    return {
      id: key.id, rawId: text(key.rawId), type: key.type,
      response: {
        clientDataJSON: text(key.response.clientDataJSON), attestationObject: text(key.response.attestationObject),
        transports: key.response.getTransports?.() ?? [],
      },
    };
  }

  async function get(options) {
    options.challenge = bytes(options.challenge);
    options.allowCredentials = listed(options.allowCredentials);
    const key = await navigator.credentials.get({ publicKey: options });
    const { clientDataJSON, authenticatorData, signature, userHandle } = key.response;
    return {
      id: key.id, rawId: text(key.rawId), type: key.type,
      response: {
        clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature),
        userHandle: userHandle ? text(userHandle) : null,
      },
    };
  }

  async function run(form) {
    const said = form.querySelector("[data-said]");
    said.textContent = "Suivez les indications de votre appareil…";
    try {
      const answer = await fetch(form.dataset.challenge, { method: "POST", credentials: "same-origin" });
      if (!answer.ok) { said.textContent = "Le service ne répond pas. Réessayez dans un moment."; return; }
      const { etape, options } = await answer.json();
      form.elements.reponse.value = JSON.stringify(await (form.dataset.passkey === "create" ? create(options) : get(options)));
      form.elements.etape.value = etape;
      form.submit();
    } catch (error) {
      said.textContent = error.name === "InvalidStateError"
        ? "Cet appareil a déjà une clé pour votre espace."
        : "Rien n’a été fait : la demande a été annulée, ou l’appareil n’a pas de clé pour ce site.";
    }
  }

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      run(form);
    });
  });
})();
