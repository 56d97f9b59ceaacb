// Форма: связывает поля страницы с правилами, отправкой и словами.

import { brokenRules, loadRules, valueOf } from "./rules.js";
import { pending, submit } from "./submission.js";
import { LANGUAGE, LANGUAGES, text } from "./texts.js";

const api = document.querySelector("meta[name=crm-api]").content.replace(/\/$/, "");
const form = document.querySelector("#registration");
const summary = document.querySelector("#summary");
const state = document.querySelector("#state");
const done = document.querySelector("#done");
const button = form.querySelector("[type=submit]");
const fields = [...form.querySelectorAll("[data-field]")].map((box) => box.dataset.field);

let language = LANGUAGE;
let rules = [];
let broken = []; // что сказано у полей
let told = null; // что сказано над кнопкой
let heading = "errors";
let registered = null;
let more = "doneMore"; // что сказано под благодарностью
let isSending = false;

function t(name, values) {
  return text(language, name, values);
}

function control(field) {
  return form.elements[field];
}

function typed() {
  const values = fields.map((field) => [field, valueOf(field, control(field).value)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

// Всё, что на странице словами, — из одного места: так его можно сменить вместе с языком.
function render() {
  document.documentElement.lang = language;
  document.title = registered ? t("done", registered) : t("title");
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = t(element.dataset.text);
  }
  for (const choice of document.querySelectorAll("[data-language]")) {
    choice.setAttribute("aria-pressed", String(choice.dataset.language === language));
  }
  for (const field of fields) renderField(field);
  renderSummary();
  const news = told ? t(told.name, told.values) : "";
  if (state.textContent !== news) state.textContent = news; // то же самое дважды не читают вслух
  button.setAttribute("aria-disabled", String(isSending));
  if (registered) {
    done.querySelector("h1").textContent = t("done", registered);
    done.querySelector("p").textContent = t(more, registered);
  }
}

function renderField(field) {
  const box = form.querySelector(`[data-field=${field}]`);
  const isRequired = rules.find((rule) => rule.name === field)?.required ?? false;
  control(field).required = isRequired;
  if (rules.length && !isRequired) {
    box.querySelector("label").append(" ", span(t("optional"), "optional"));
  }
  const error = broken.find((one) => one.field === field);
  box.querySelector(".error")?.remove();
  control(field).removeAttribute("aria-invalid");
  control(field).removeAttribute("aria-describedby");
  if (error) {
    const words = span(sentence(error), "error");
    words.id = `${field}-error`;
    box.append(words);
    control(field).setAttribute("aria-invalid", "true");
    control(field).setAttribute("aria-describedby", words.id);
  }
}

// Слова формы, а если такого кода она не знает — слова сервиса.
function sentence({ code, limits, detail }) {
  return t(code, limits) ?? detail;
}

function span(words, kind) {
  const element = document.createElement("span");
  element.className = kind;
  element.textContent = words;
  return element;
}

function renderSummary() {
  summary.hidden = broken.length === 0;
  summary.classList.toggle("calm", heading === "taken");
  summary.querySelector("h2").textContent = t(heading);
  summary.querySelector("ul").replaceChildren(...broken.map(summaryItem));
}

function summaryItem(error) {
  const item = document.createElement("li");
  if (heading === "taken") {
    item.textContent = t("takenMore");
    return item;
  }
  const link = document.createElement("a");
  link.href = `#${error.field}`;
  link.textContent = `${t(error.field) ?? error.field}: ${sentence(error)}`;
  item.append(link);
  return item;
}

function refuse(errors, kind = "errors") {
  heading = kind;
  broken = errors.toSorted((one, two) => fields.indexOf(one.field) - fields.indexOf(two.field));
  told = null;
  render();
  summary.focus();
}

function say(name, values) {
  told = name && { name, values };
  render();
}

async function register(event) {
  event.preventDefault();
  if (isSending) return;
  const customer = typed();
  const found = brokenRules(rules, customer);
  if (found.length) {
    refuse(found);
    return;
  }
  isSending = true;
  broken = [];
  const outcome = await submit(api, customer, language, say);
  isSending = false;
  finish(outcome);
}

function finish({ customer, accepted, problem, id }) {
  if (customer || accepted) {
    registered = customer ?? accepted;
    more = customer ? "doneMore" : "acceptedMore";
    form.hidden = true;
    done.hidden = false;
    render();
    done.querySelector("h1").focus();
  } else if (problem?.type === "/problems/email_taken") {
    refuse(problem.errors, "taken");
  } else if (problem?.errors?.every(({ field }) => fields.includes(field))) {
    refuse(problem.errors);
  } else if (problem) {
    say("fault", { id });
  } else {
    say("unanswered");
  }
}

// Ошибка у поля уходит, когда его исправили, и не раньше; новых при наборе не появляется.
function recheck({ target }) {
  const still = brokenRules(rules, typed()).some(({ field }) => field === target.name);
  if (broken.some(({ field }) => field === target.name) && !still) {
    broken = broken.filter(({ field }) => field !== target.name);
    render();
  }
}

// Ссылка из перечня ошибок ставит курсор в поле, а не только прокручивает к нему.
function toField(event) {
  const field = event.target.closest("a")?.hash.slice(1);
  if (!field) return;
  event.preventDefault();
  control(field).focus();
}

function restore() {
  const left = pending();
  if (!left) return;
  for (const [field, value] of Object.entries(left.customer)) control(field).value = value;
  say("restored");
}

form.addEventListener("submit", register);
form.addEventListener("input", recheck);
summary.addEventListener("click", toField);
addEventListener("offline", () => isSending || say("offlineNow"));
addEventListener("online", () => isSending || say(null));
for (const name of LANGUAGES) {
  document.querySelector(`[data-language=${name}]`).addEventListener("click", () => {
    language = name;
    render();
  });
}
render();
restore();
rules = await loadRules(api);
render();
