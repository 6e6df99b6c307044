// What the pages do faster with a script. Each part starts from an attribute in the page, and each page works without it.
(() => {
  "use strict";
  const on = (type, run) => document.addEventListener(type, run);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const plural = (n, one, many) => `${n} ${n > 1 ? many : one}`;

  // A form leaves once: a second click on its button does nothing until the page comes back.
  on("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method !== "post") return;
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });
  addEventListener("pageshow", () => {
    all("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
    all("form[data-calendar]").forEach(total);
  });

  // Signing out erases the list of children that a roll-call keeps on this device; the form leaves once it is gone.
  on("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("action") !== "/deconnexion" || !window.indexedDB || form.dataset.erased) return;
    event.preventDefault();
    const erase = indexedDB.deleteDatabase("pointage-liste");
    erase.onsuccess = erase.onerror = erase.onblocked = () => { form.dataset.erased = "1"; form.submit(); };
  });

  // Dialogs: data-opens="id" on the button, data-closes inside.
  on("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const dialog = opener && document.getElementById(opener.dataset.opens);
    if (dialog?.showModal) { event.preventDefault(); dialog.showModal(); return; }
    if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  });

  // Tick all, untick all: data-tick="1" or "0" on a button of the form.
  on("click", (event) => {
    const button = event.target.closest("[data-tick]");
    if (!button) return;
    event.preventDefault();
    const form = button.form || button.closest("form");
    all(button.dataset.among || "input[type=checkbox][name=jour]", form).forEach((box) => {
      if (!box.disabled) box.checked = button.dataset.tick === "1";
    });
    form.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // The bar under the calendar: what would change, and about how much it costs. The server decides; this only counts boxes.
  const euros = (cents) => (cents / 100).toLocaleString("fr-FR", { style: "currency", currency: "EUR" });
  function total(form) {
    const bar = document.querySelector("[data-total]");
    if (!bar) return;
    let added = +form.dataset.added || 0, removed = +form.dataset.removed || 0, cost = +form.dataset.cost || 0; // wished outside this view
    all(".day__in", form).forEach((box) => {
      const was = box.dataset.was === "1";
      if (box.checked === was) return;
      if (was) { removed++; cost -= +box.dataset.price || 0; } else { added++; cost += +box.dataset.price || 0; }
    });
    if (added + removed === 0) { bar.textContent = bar.dataset.none; return; }
    const words = [];
    if (added) words.push(plural(added, "ajout", "ajouts"));
    if (removed) words.push(plural(removed, "retrait", "retraits"));
    let line = words.join(", ");
    if (cost) line += ` · environ ${euros(Math.abs(cost))} de ${cost > 0 ? "plus" : "moins"} ${bar.dataset.total}`;
    bar.textContent = line;
  }
  on("change", (event) => {
    const form = event.target.closest?.("form[data-calendar]");
    if (form) total(form);
  });

  // Search while typing: the form's own address, its answer put in place of data-live's element.
  let waiting, asked;
  on("input", (event) => {
    const form = event.target.closest("form[data-live]");
    if (!form) return;
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      asked?.abort();
      asked = new AbortController();
      const address = new URL(form.action);
      address.search = new URLSearchParams(new FormData(form));
      try {
        const answer = await fetch(address, { signal: asked.signal, credentials: "same-origin" });
        if (!answer.ok || answer.redirected) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const from = page.querySelector(form.dataset.live), to = document.querySelector(form.dataset.live);
        if (from && to) { to.replaceWith(from); history.replaceState(null, "", address); }
      } catch (error) { if (error.name !== "AbortError") throw error; }
    }, 250);
  });

  // The name of the file just chosen.
  on("change", (event) => {
    const name = event.target.type === "file" && event.target.parentElement.querySelector("[data-file-name]");
    if (name) name.textContent = [...event.target.files].map((file) => file.name).join(", ");
  });

  // A deposit leaves with a bar that says how far it is. When the line breaks, the same one is sent again: the server knows its number.
  on("submit", (event) => {
    const form = event.target.closest("form[data-upload]");
    if (!form) return;
    event.preventDefault();
    const state = form.querySelector("[data-upload-state]"), words = state.querySelector("[data-upload-words]"), bar = state.querySelector("progress");
    const buttons = all("button", form), data = new FormData(form), request = new XMLHttpRequest();
    const say = (text) => { state.hidden = false; words.textContent = text; };
    const free = () => { buttons.forEach((button) => { button.disabled = false; }); delete form.dataset.sent; };
    buttons.forEach((button) => { button.disabled = true; });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (sent) => {
      if (!sent.lengthComputable) return;
      bar.value = Math.round(100 * sent.loaded / sent.total);
      say(sent.loaded < sent.total ? `Envoi en cours : ${bar.value} %` : "Envoyé, vérification en cours…");
    };
    request.onerror = request.ontimeout = () => { free(); bar.value = 0; say("La connexion s’est interrompue. Vos fichiers sont toujours choisis : appuyez à nouveau pour reprendre l’envoi."); };
    request.onload = () => {
      if (request.status === 201) { location.assign(JSON.parse(request.responseText).to); return; }
      const page = new DOMParser().parseFromString(request.responseText, "text/html"), main = page.querySelector("main");
      if (!main || request.responseURL.includes("/connexion")) { location.reload(); return; }
      document.querySelector("main").replaceWith(main);
      scrollTo(0, 0);
      document.querySelector("[data-focus]")?.focus();
    };
    say("Envoi en cours…");
    request.send(data);
  });

  // Answers proposed while typing: <datalist data-suggests="address" data-with="another field of the form">.
  let typed;
  on("input", (event) => {
    const list = event.target.list;
    if (!list?.dataset.suggests || event.inputType === undefined) return; // a proposal was chosen
    clearTimeout(typed);
    typed = setTimeout(async () => {
      const other = event.target.form.elements[list.dataset.with];
      const query = new URLSearchParams({ debut: event.target.value, [list.dataset.with]: other.value });
      const answer = await fetch(`${list.dataset.suggests}?${query}`);
      if (answer.ok) list.innerHTML = await answer.text();
    }, 150);
  });

  // What a letter's square code put after the # of the address goes into the form, and out of the address.
  all("[data-from-fragment]").forEach((field) => {
    const value = new URLSearchParams(location.hash.slice(1)).get(field.dataset.fromFragment);
    if (!value) return;
    field.value = value;
    history.replaceState(null, "", location.pathname + location.search);
  });

  // A state that is awaited from elsewhere: data-await on the part that says it. The page is asked again, more and more seldom, and drawn
  // again when its data-state has changed.
  const part = document.querySelector("[data-await]");
  if (part) {
    let pause = 2000;
    const ask = async () => {
      try {
        const answer = await fetch(location.href, { credentials: "same-origin" });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const next = page.getElementById(part.id);
        if (answer.ok && !answer.redirected && next && next.dataset.state !== part.dataset.state) { location.reload(); return; }
      } catch { /* the line is down: asked again */ }
      pause = Math.min(pause * 1.3, 60000);
      setTimeout(ask, pause);
    };
    setTimeout(ask, pause);
  }

  // Print this page.
  on("click", (event) => { if (event.target.closest("[data-print]")) print(); });

  // After an error, the list of what to correct is read first.
  document.querySelector("[data-focus]")?.focus();
})();
