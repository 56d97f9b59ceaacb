"use strict";

// Ключ у каждой попытки свой: с чужим вторая просьба получила бы отказ.
// Не randomUUID: вне https и localhost браузер её не даёт.
function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const FIRST_ANSWERS = ["201", "200", "422", "400", "503", "429"];

function rank(status) {
  const place = FIRST_ANSWERS.indexOf(status);
  return place < 0 ? FIRST_ANSWERS.length : place;
}

// Что бывает чаще, стоит выше; таблицы заголовков, одинаковые у всех ответов, свёрнуты.
function answersPlugin({ React }) {
  const element = React.createElement;
  return {
    wrapComponents: {
      responses: (Original) => (props) =>
        element(Original, {
          ...props,
          responses: props.responses.sortBy((_, status) => rank(status)),
        }),
      headers: (Original) => (props) =>
        element(
          "details",
          { className: "answer-headers" },
          element("summary", null, "Headers"),
          element(Original, props),
        ),
      // Ссылка внутри кнопки: до неё не добраться ни клавишей, ни экранному диктору.
      DeepLink: () => ({ text }) => element("span", null, text),
    },
  };
}

// Чего не хватает тому, кому страницу читают вслух: уровней заголовков, имён, областей.
const SPOKEN = [
  ["h3.opblock-tag", { "aria-level": "2" }],
  ["#swagger-ui h4", { "aria-level": "3" }],
  ["#servers", { "aria-label": "Server" }],
  [".examples-select-element", { "aria-label": "Example" }],
  [".information-container", { role: "region", "aria-label": "About" }],
  [".scheme-container", { role: "region", "aria-label": "Server" }],
];

function nameParts() {
  for (const [selector, attributes] of SPOKEN) {
    for (const part of document.querySelectorAll(selector)) {
      for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
    }
  }
}

function followColorScheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", apply);
  apply();
}

followColorScheme();
new MutationObserver(nameParts).observe(document.querySelector("#swagger-ui"), {
  childList: true,
  subtree: true,
});

// Описание отвечает за корень узла, а впереди бывает путь, который прокси отрезает: пробовать
// запросы надо под тем же путём, под которым открыта страница.
function servedHere(text) {
  const description = JSON.parse(text);
  for (const server of description.servers ?? []) {
    if (server.url === "/") server.url = new URL(".", location.href).pathname;
  }
  return JSON.stringify(description);
}

// validatorUrl: иначе Swagger UI отдаёт адрес описания чужому сайту.
const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  syntaxHighlight: { theme: "tomorrow-night" },
  plugins: [answersPlugin],
  // Ради неё сюда и приходят; названная в адресе откроется сама.
  onComplete() {
    if (location.hash) return;
    ui.layoutActions.show(["operations", "customers", "registerCustomer"], true);
    history.replaceState(null, "", location.pathname); // читатель её не выбирал
  },
  requestInterceptor(request) {
    if (request.method === "POST" && !request.headers["Idempotency-Key"]) {
      request.headers["Idempotency-Key"] = freshKey();
    }
    return request;
  },
  responseInterceptor(response) {
    if (response.url.endsWith("/openapi.json")) response.text = servedHere(response.text);
    return response;
  },
});
