"use strict";
// Draws what the handsets show, and sends what the person does. It decides nothing.
const phones = document.getElementById("phones");
const link = document.getElementById("link");
const drawn = new Map();
let latest = [];

const KINDS = { sign: "Sign this text", authenticate: "Confirm that it is you", digest: "Sign a document by its digest. The phone cannot show it.", new_key: "Make a new key" };
const NOTICES = { signed: "Signed.", key_made: "Key made.", cancelled: "Cancelled.", withdrawn: "The request was withdrawn.", expired: "Time ran out.", pin_blocked: "The PIN is blocked.", wrong_pin: "Wrong PIN.", pin_not_accepted: "The two differ, or the PIN is too short or too long.", card_error: "The card failed." };

function act(number, action, fields) {
  fetch("/api/act", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ number, action, ...fields }) })
    .then((answer) => { link.textContent = answer.ok ? "" : "That did not work (" + answer.status + "). Open the printed address again."; })
    .catch(() => { link.textContent = "The phones cannot be reached."; });
}

function make(number) {
  const root = document.getElementById("phone").content.firstElementChild.cloneNode(true);
  const one = (name) => root.querySelector("." + name);
  const entry = one("entry");
  entry.addEventListener("submit", (event) => {
    event.preventDefault();
    const pin = one("pin").value, again = one("again").value;
    if (!pin) { one("pin").focus(); return; }
    act(number, root.dataset.choose ? "choose_pin" : "enter_pin", { pin, again });
    one("pin").value = one("again").value = "";
  });
  one("cancel").addEventListener("click", () => act(number, "cancel", {}));
  one("coverage").addEventListener("click", () => act(number, "coverage", { on: one("coverage").getAttribute("aria-pressed") === "false" }));
  phones.append(root);
  return root;
}

function set(element, text) { if (element.textContent !== text) element.textContent = text; }

function draw(phone) {
  let root = drawn.get(phone.number);
  if (!root) drawn.set(phone.number, root = make(phone.number));
  const one = (name) => root.querySelector("." + name);
  const choose = phone.state === "choose_pin", asks = choose || phone.state.startsWith("ask_pin");
  root.setAttribute("aria-label", "Phone " + phone.number);
  root.classList.toggle("asked", asks);
  root.dataset.choose = choose ? "yes" : "";
  set(one("owner"), phone.name || "Phone");
  set(one("number"), phone.number);
  one("coverage").setAttribute("aria-pressed", String(phone.in_coverage));
  set(one("coverage"), phone.in_coverage ? "In coverage" : "No coverage");
  set(one("kind"), asks ? KINDS[phone.kind] || "" : phone.in_coverage ? "Nothing is asked." : "No coverage: messages wait.");
  set(one("title"), asks && phone.title ? phone.title + " asks" : "");
  set(one("headline"), asks ? phone.headline : "");
  set(one("text"), asks ? phone.text : "");
  one("notice").classList.toggle("good", phone.notice === "signed" || phone.notice === "key_made");
  set(one("notice"), NOTICES[phone.notice] || "");
  one("entry").hidden = !asks;
  one("second").hidden = !choose;
  set(one("first").firstElementChild, choose ? "Choose a PIN, " + phone.min + " to " + phone.max + " digits" : "PIN, " + phone.tries_left + (phone.tries_left === 1 ? " try left" : " tries left"));
  set(one("ok"), choose ? "Choose" : phone.kind === "authenticate" ? "Confirm" : phone.kind === "new_key" ? "Make key" : "Sign");
  const was = root.dataset.asks === "yes";
  root.dataset.asks = asks ? "yes" : "";
  if (asks && !was && !document.activeElement.matches("input")) one("pin").focus();
  countdown(phone);
}

function countdown(phone) {
  const left = drawn.get(phone.number).querySelector(".left");
  const seconds = phone.deadline_ms ? Math.max(0, Math.round((phone.deadline_ms - Date.now()) / 1000)) : 0;
  set(left, phone.state !== "idle" && seconds ? seconds + " s left" : "");
}

setInterval(() => latest.forEach(countdown), 1000);

fetch("/api/hint").then((answer) => answer.ok ? answer.text() : "").then((text) => {
  if (!text) return;
  const pre = document.createElement("pre");
  pre.textContent = text;
  const title = document.createElement("p");
  title.textContent = "Try from a terminal:";
  document.getElementById("hint").append(title, pre);
});

const events = new EventSource("/api/events");
events.onmessage = (event) => { link.textContent = ""; latest = JSON.parse(event.data); latest.forEach(draw); };
events.onerror = () => { link.textContent = "The phones cannot be reached. If the demonstration was started again, open the address it printed."; };
