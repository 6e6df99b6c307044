// The roll-call on a device: each word is kept here first, and sent when there is a network. The server decides; this keeps and repeats.
// Two stores: « pointage-liste » holds the one list of the day, and is erased at midnight, at sign-out and when the server no longer knows the
// agent; « pointage-envois » holds what was said and is not sent yet, without any name but those noted by hand.
(() => {
  "use strict";
  const main = document.querySelector("[data-roll]");
  if (!main || !window.indexedDB) return;
  const set = main.dataset, one = (selector, root = document) => root.querySelector(selector), all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const plural = (n, single, many) => `${n} ${n > 1 ? many : single}`;
  const write = (selector, text) => all(selector).forEach((place) => { if (place.textContent !== text) place.textContent = text; });
  const STORES = { liste: "pointage-liste", envois: "pointage-envois" };

  // ---- stores -------------------------------------------------------------
  const open = (store) => new Promise((done, fail) => {
    const request = indexedDB.open(STORES[store], 1);
    request.onupgradeneeded = () => request.result.createObjectStore(store, store === "envois" ? { keyPath: "id" } : undefined);
    request.onsuccess = () => { request.result.onversionchange = () => request.result.close(); done(request.result); };
    request.onerror = () => fail(request.error);
  });
  async function use(store, mode, act) {
    const base = await open(store);
    try {
      return await new Promise((done, fail) => {
        const work = base.transaction(store, mode, { durability: "strict" }), request = act(work.objectStore(store));
        work.oncomplete = () => done(request?.result);
        work.onerror = work.onabort = () => fail(work.error);
      });
    } finally { base.close(); }
  }
  const queued = async () => (await use("envois", "readonly", (s) => s.getAll())).sort((a, b) => (a.at + a.id < b.at + b.id ? -1 : 1));
  const forget = () => new Promise((done) => {
    list = null;
    const request = indexedDB.deleteDatabase(STORES.liste);
    request.onsuccess = request.onerror = request.onblocked = done;
  });

  // ---- what is known ------------------------------------------------------
  let list = null; // of the session shown
  let ahead = set.now ? Date.parse(set.now) - Date.now() : 0; // the server's clock, by ours
  let known = set.now || "", heard = set.now ? Date.now() : 0, lost = 0, waiting = 0, over = false;
  const now = () => new Date(Date.now() + ahead).toISOString();
  let last = 0; // what is said later is stamped later, whatever the clocks do
  const stamp = () => new Date(last = Math.max(Date.now() + ahead, last + 1)).toISOString();
  const clock = (at) => new Date(at).toLocaleTimeString("fr-FR", { hour: "numeric", minute: "2-digit" }).replace(":", " h ");
  const newID = () => [...crypto.getRandomValues(new Uint8Array(26))].map((n) => "abcdefghijklmnopqrstuvwxyz234567"[n & 31]).join("");
  const rowOf = (id) => one(`li[data-child="${id}"]`);
  const childOf = (id) => list?.children.find((c) => c.id === id);
  const keep = () => (list && list.keep ? use("liste", "readwrite", (s) => s.put(list, "liste")) : null);

  // ---- what is shown ------------------------------------------------------
  function show(child) {
    const row = rowOf(child.id);
    if (!row) return;
    all("input[type=radio]", row).forEach((pick) => { pick.checked = pick.value === child.came; });
    const times = one("[data-times]", row);
    if (times && !times.contains(document.activeElement)) {
      times.elements.arrivee.value = child.arrived || "";
      times.elements.depart.value = child.departed || "";
      times.elements.retard.checked = !!child.late;
    }
    if (row.dataset.came === child.came && !child.touched) return;
    row.dataset.came = child.came;
    const parts = [];
    if (child.arrived) parts.push(`Arrivé à ${child.arrived.replace(":", " h ")}`);
    if (child.departed) parts.push(`Parti à ${child.departed.replace(":", " h ")}`);
    if (child.late) parts.push("Récupéré en retard");
    one("[data-said]", row).textContent = child.came === "unpointed" ? "Consignes, horaires" : parts.join(", ") || (child.came === "present" ? "Noté présent" : "Noté absent");
  }

  function count() {
    if (list) {
      const expected = list.children.filter((c) => c.expected), pointed = expected.filter((c) => c.came !== "unpointed");
      const here = list.children.filter((c) => c.came === "present"), guests = here.filter((c) => !c.expected).length, inside = here.filter((c) => !c.departed);
      write("[data-tally]", `${pointed.length} sur ${expected.length}`);
      write("[data-tally-more]", `enfants pointés, ${plural(pointed.filter((c) => c.came === "absent").length, "absent", "absents")}${guests ? `, ${guests} sans réservation` : ""}`);
      const bar = one("[data-progress]");
      if (bar) { bar.max = Math.max(1, expected.length); bar.value = pointed.length; }
      all("[data-group]").forEach((group) => {
        const mine = all("li[data-child]", group).map((row) => childOf(row.dataset.child)).filter((c) => c?.expected), done = mine.filter((c) => c.came !== "unpointed").length;
        write(`#${group.querySelector("h2").id} + [data-group-tally]`, `${plural(done, "pointé", "pointés")} sur ${mine.length}`);
      });
      const left = all("li[data-child]").map((row) => childOf(row.dataset.child)).filter((c) => c?.expected && c.came === "unpointed").length;
      write("[data-left]", left ? plural(left, "enfant à pointer", "enfants à pointer") : "Tous les enfants attendus sont pointés");
      adults(inside);
    }
    write("[data-kept]", waiting ? `${plural(waiting, "pointage gardé", "pointages gardés")} sur cet appareil, pas encore ${waiting > 1 ? "envoyés" : "envoyé"}.` : "Tout est envoyé.");
    write("[data-sync]", synced());
    const band = one("[data-offline]");
    band.hidden = !lost;
    if (lost) write("[data-offline-text]", `Hors connexion depuis ${clock(lost)}. ` + (waiting
      ? `${plural(waiting, "pointage est gardé", "pointages sont gardés")} sur cet appareil et ${waiting > 1 ? "partiront" : "partira"} au retour du réseau.`
      : "Ce que vous pointez sera gardé sur cet appareil et partira au retour du réseau."));
    const guest = one("[data-guest]");
    if (guest) guest.hidden = !lost;
  }

  function synced() {
    if (!heard) return "";
    const minutes = Math.floor((Date.now() - heard) / 60000);
    const ago = minutes < 1 ? "à l’instant" : minutes < 60 ? `il y a ${minutes} min` : `à ${clock(heard)}`;
    return set.index !== undefined && !waiting ? "" : `Synchronisé ${ago}` + (waiting ? `, ${waiting} en attente` : "");
  }

  function adults(inside) {
    const box = one("[data-ratio-box]");
    if (!box || !(+list.under6 || +list.over6)) return;
    const small = inside.filter((c) => c.small).length, big = inside.length - small;
    const need = Math.ceil(small / list.under6) + Math.ceil(big / list.over6);
    let text = plural(inside.length, "enfant présent", "enfants présents") + (small && big ? `, dont ${small} de moins de 6 ans` : "") + ` : il faut ${plural(need, "adulte", "adultes")}.`;
    text += list.staffed ? ` ${plural(list.adults, "adulte là", "adultes là")}${list.adults < need ? ` : il en manque ${need - list.adults}` : ""}.` : " Indiquez combien sont là.";
    write("[data-ratio]", text);
    box.classList.toggle("is-short", list.staffed ? list.adults < need : need > 0);
  }

  // notice says something above the list; each button does one thing, and takes the notice away.
  function notice(id, tone, title, text, buttons = []) {
    const place = one("[data-notices]");
    if (one(`[data-notice="${id}"]`, place)) return;
    const box = document.createElement("div"), words = document.createElement("div"), head = document.createElement("p"), body = document.createElement("p"), strong = document.createElement("strong");
    box.className = `note note--${tone}`;
    box.dataset.notice = id;
    strong.textContent = title;
    body.textContent = text;
    head.append(strong);
    words.append(head, body);
    for (const [label, act] of buttons) {
      const button = document.createElement("button");
      button.type = "button"; button.className = "btn btn--s"; button.textContent = label;
      button.onclick = async () => { box.remove(); await act(); };
      words.append(button, " ");
    }
    box.append(words);
    place.append(box);
  }

  const nameOf = (id) => { const c = childOf(id); return c ? `${c.first} ${c.last}` : "Un enfant"; };
  const word = (came) => ({ present: "présent", absent: "absent", unpointed: "à pointer" })[came];

  // ---- saying -------------------------------------------------------------
  // A row shows what was said once it is on the disk, not before.
  async function say(ids, what) {
    const shown = [];
    const entries = ids.map((id) => {
      const child = childOf(id), row = rowOf(id), said = { came: what.came, touched: true };
      for (const key of ["arrived", "departed", "late"]) said[key] = what.came === "present" ? (key in what ? what[key] : child?.[key]) || undefined : undefined;
      const entry = { id: newID(), agent: set.agent, agentName: set.name, activity: set.activity, site: set.site, day: set.day, child: id, option: child?.option || row?.dataset.option || "",
        came: said.came, arrived: said.arrived, departed: said.departed, late: said.late, at: stamp(), known: known || undefined };
      if (child) { Object.assign(child, said); shown.push(child); }
      return entry;
    });
    await use("envois", "readwrite", (s) => { entries.forEach((entry) => s.put(entry)); });
    shown.forEach(show);
    waiting += entries.length;
    count();
    await keep();
    await send();
  }

  // ---- sending ------------------------------------------------------------
  let busy = false, again = false;
  async function send() {
    if (over) return;
    again = busy;
    if (busy) return;
    busy = true;
    let alone = 0, through = false; // how many still go one by one, after a send that the server could not take
    const stuck = new Map();
    try {
      if (await passed()) return;
      for (;;) {
        const mine = (await queued()).filter((e) => e.agent === set.agent && !e.why && !stuck.has(e.id)).slice(0, alone > 0 ? 1 : 200);
        if (mine.length === 0) break;
        const answer = await fetch(set.send, { method: "POST", headers: { "Content-Type": "application/json" }, credentials: "same-origin",
          body: JSON.stringify({ entries: mine.filter((e) => e.child), guests: mine.filter((e) => e.name) }) });
        if (await ended(answer)) return;
        alone--;
        if ([400, 422, 500].includes(answer.status)) {
          if (mine.length > 1) alone = mine.length; else stuck.set(mine[0].id, mine[0]);
          continue;
        }
        if (!answer.ok) throw new Error(`answered ${answer.status}`);
        const result = await answer.json();
        if (result.agent !== set.agent) { over = true; await forget(); location.reload(); return; } // somebody else signed in: nothing was taken of it
        await settle(result, mine);
        through = true;
      }
      if (stuck.size > 1 && !through) throw new Error("nothing goes through"); // the server is unwell, not what was said
      await refresh();
      for (const e of stuck.values()) await use("envois", "readwrite", (s) => s.put({ ...e, why: "Le serveur n’a pas pu enregistrer ce pointage." }));
      lost = 0;
    } catch (error) {
      if (!(error instanceof TypeError) && !navigator.onLine) console.warn(error);
      lost = lost || Date.now();
    } finally {
      busy = false;
      await tally();
      count();
    }
    if (again) { again = false; await send(); } // something was said meanwhile
  }

  async function settle(result, mine) {
    for (const answer of result.answers) {
      const entry = mine.find((e) => e.id === answer.id);
      if (!entry) continue;
      if (answer.result === "refused") {
        await use("envois", "readwrite", (s) => s.put({ ...entry, why: answer.why }));
        continue;
      }
      await use("envois", "readwrite", (s) => s.delete(entry.id));
      const met = answer.conflict;
      if (met) notice(`c-${entry.id}`, "warn", `${nameOf(entry.child)} : deux pointages différents`,
        `Vous avez noté « ${word(entry.came)} » à ${clock(entry.at)} ; ${met.by} a noté « ${word(met.came)} » à ${clock(met.at)}. ` +
        (met.holds ? "Le plus récent compte, c’est le sien. Les deux sont gardés." : "Le plus récent compte, c’est le vôtre. Les deux sont gardés."), [["J’ai vu", () => {}]]);
    }
    heard = Date.now();
    ahead = Date.parse(result.now) - Date.now();
    known = result.now;
  }

  // ended says whether the server no longer knows the agent: then the list goes; what was said stays for who said it.
  async function ended(answer) {
    if (!answer.redirected && ![401, 403, 404].includes(answer.status)) return false;
    over = true;
    await forget();
    notice("fin", "bad", "Vous n’êtes plus connecté", "La liste des enfants est effacée de cet appareil. Ce que vous avez pointé est gardé et partira quand vous vous reconnecterez.",
      [["Se connecter", () => location.assign(set.scope)]]);
    if (set.shell !== undefined) { one("[data-groups]").replaceChildren(); one("[data-empty]").hidden = false; }
    return true;
  }

  // tally counts what waits, and says what cannot leave from here.
  async function tally() {
    const queue = await queued();
    waiting = queue.filter((e) => e.agent === set.agent && !e.why).length;
    for (const e of queue.filter((e) => e.agent === set.agent && e.why))
      notice(`r-${e.id}`, "bad", `${e.name || nameOf(e.child)} : ce pointage n’est pas enregistré`, e.why, [
        ["Réessayer", async () => { delete e.why; await use("envois", "readwrite", (s) => s.put(e)); await send(); }],
        ["Retirer ce pointage", async () => { await use("envois", "readwrite", (s) => s.delete(e.id)); }]]);
    const others = queue.filter((e) => e.agent !== set.agent);
    if (set.agent && others.length) notice("autres", "warn", plural(others.length, "pointage d’un autre agent", "pointages d’un autre agent"),
      `${[...new Set(others.map((e) => e.agentName))].join(", ")} : ${others.length > 1 ? "ils sont gardés et partiront" : "il est gardé et partira"} à sa prochaine connexion sur cet appareil.`);
    const names = one("[data-guest-list]");
    if (names) names.replaceChildren(...queue.filter((e) => e.name && e.agent === set.agent).map((e) => Object.assign(document.createElement("li"), { textContent: e.name })));
  }

  // refresh asks for the list again. What waits here is newer than what comes.
  async function refresh() {
    if (!set.path || over) return;
    const answer = await fetch(`${set.path}/liste`, { credentials: "same-origin", cache: "no-store" });
    if (await ended(answer)) return;
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const fresh = await answer.json();
    if (fresh.agent !== set.agent) { await forget(); location.reload(); return; }
    fresh.heard = Date.now();
    heard = Date.now(); known = fresh.now; ahead = Date.parse(fresh.now) - Date.now();
    if (await passed()) return;
    await take(fresh);
    await keep();
    midnight();
  }

  // take shows a list, with what was said here over it.
  async function take(fresh) {
    const old = list;
    list = fresh;
    list.children ||= [];
    for (const e of await queued()) {
      const child = e.child && e.activity === list.activity && e.site === list.site && e.day === list.day && e.agent === set.agent && !e.why && childOf(e.child);
      if (child) Object.assign(child, { came: e.came, arrived: e.arrived, departed: e.departed, late: e.late });
    }
    for (const child of list.children) {
      const was = old?.children.find((c) => c.id === child.id);
      child.touched = !!was && JSON.stringify([was.came, was.arrived, was.departed, was.late]) !== JSON.stringify([child.came, child.arrived, child.departed, child.late]);
      show(child);
    }
    count();
  }

  let alarm;
  function midnight() {
    clearTimeout(alarm);
    if (!list?.keep) return;
    alarm = setTimeout(async () => { await forget(); location.assign(set.scope); }, Math.max(0, Date.parse(list.until) - Date.parse(now())));
  }

  // passed erases the list of a day that is over, and leaves its page: the alarm does not ring on a device that sleeps through midnight.
  async function passed() {
    const kept = await use("liste", "readonly", (s) => s.get("liste"));
    if (!kept || now() < kept.until) return false;
    const shown = list?.path === kept.path;
    await forget();
    if (shown) location.assign(set.scope);
    return shown;
  }

  // ---- the shell ----------------------------------------------------------
  async function shell() {
    const kept = await use("liste", "readonly", (s) => s.get("liste"));
    if (!kept || now() >= kept.until) {
      await forget();
      one("[data-empty]").hidden = false;
      one(".sum").hidden = true;
      return;
    }
    Object.assign(set, { agent: kept.agent, name: kept.agentName, path: kept.path, activity: kept.activity, site: kept.site, day: kept.day });
    known = kept.now;
    heard = kept.heard;
    write("[data-fill=title]", kept.title);
    write("[data-fill=under]", kept.under);
    document.title = `${kept.title} – Pointage`;
    build(kept);
    await take(kept);
    midnight();
  }

  function build(kept) {
    const groups = one("[data-groups]"), badges = [...one("[data-badge-template]").content.children];
    let rows, last;
    const badge = (n, text) => { const b = badges[n].cloneNode(true); if (text) b.append(text); return b; };
    kept.children.forEach((child) => {
      if (child.class !== last) {
        last = child.class;
        const group = one("[data-group-template]").content.firstElementChild.cloneNode(true);
        one("h2", group).id = `g${groups.children.length}`;
        one("h2", group).textContent = child.class;
        groups.append(group);
        rows = one("[data-rows]", group);
      }
      const row = one("[data-row-template]").content.firstElementChild.cloneNode(true), name = `${child.first} ${child.last}`, flags = one(".flags", row);
      row.dataset.child = child.id;
      one(".initial", row).textContent = child.first.slice(0, 1).toUpperCase();
      one("b", row).textContent = child.first;
      one("[data-last]", row).textContent = child.last;
      one("legend", row).textContent = name;
      one("[data-whose]", row).textContent = ` : consignes et horaires de ${name}`;
      if (child.pai) flags.append(badge(0));
      if (child.menu) flags.append(badge(1, child.menu));
      if (child.announced) flags.append(badge(2));
      if (child.state) flags.append(badge(3, child.state));
      if (!flags.children.length) flags.remove();
      if (child.todo) { one(".roll__care", row).hidden = false; one("[data-todo]", row).textContent = child.todo; }
      all("input[type=radio]", row).forEach((pick) => { pick.name = `c-${child.id}`; });
      if (kept.closed) one("fieldset", row).disabled = true;
      rows.append(row);
      show({ ...child, touched: true });
    });
  }

  // ---- what an agent does -------------------------------------------------
  document.addEventListener("change", (event) => {
    const row = event.target.closest("li[data-child]");
    if (row && event.target.type === "radio") say([row.dataset.child], { came: event.target.value });
  });
  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (form.matches("[data-point]")) {
      event.preventDefault();
      const others = button?.matches("[data-others]") ? all("li[data-child]").map((row) => childOf(row.dataset.child)).filter((c) => c?.expected && c.came === "unpointed" && !c.announced) : [];
      if (others.length) say(others.map((c) => c.id), { came: "present" }); else send();
    } else if (form.matches("[data-times]")) {
      event.preventDefault();
      const id = form.closest("li").dataset.child, field = form.elements;
      if (button?.value === "annuler") say([id], { came: "unpointed" });
      else say([id], { came: "present", arrived: field.arrivee.value, departed: field.depart.value, late: field.retard.checked });
    } else if (form.matches("[data-guest]")) {
      event.preventDefault();
      const name = form.elements.nom.value.trim();
      if (!name) return;
      form.reset();
      use("envois", "readwrite", (s) => s.put({ id: newID(), agent: set.agent, agentName: set.name, activity: set.activity, site: set.site, day: set.day, name, at: stamp() })).then(send);
    }
  });
  const filter = one("[data-filter]"), fold = (s) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  if (filter) {
    one("[data-filter-box]").hidden = false;
    filter.addEventListener("input", () => all("li[data-child]").forEach((row) => { row.hidden = !fold(one(".roll__name", row).textContent).includes(fold(filter.value.trim())); }));
  }
  // A photo that does not come, as without network, leaves the initial it lies over.
  document.addEventListener("error", (event) => { if (event.target.matches?.(".roll img")) event.target.remove(); }, true);
  all(".roll img").forEach((photo) => { if (photo.complete && !photo.naturalWidth) photo.remove(); });
  const save = one("[data-save]");
  if (save) save.textContent = "Envoyer maintenant";

  // ---- running ------------------------------------------------------------
  addEventListener("online", send);
  addEventListener("offline", () => { lost = lost || Date.now(); count(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  setInterval(() => { if (!document.hidden) send(); }, 20000);
  (async () => {
    if (navigator.serviceWorker) navigator.serviceWorker.register(set.worker, { scope: set.scope }).catch(() => {});
    const kept = await use("liste", "readonly", (s) => s.get("liste"));
    if (kept && !set.now) ahead = Date.parse(kept.now) - kept.heard; // the shell hears no server
    if (kept && (now() >= kept.until || (set.agent && kept.agent !== set.agent))) await forget();
    if (set.shell !== undefined) await shell();
    for (const e of await queued()) if (e.agent === set.agent) last = Math.max(last, Date.parse(e.at));
    await tally();
    count();
    await send();
    main.dataset.ready = "1";
  })();
})();
