"use strict";

// Ключ у каждой попытки свой: с чужим вторая просьба получила бы отказ.
// Не randomUUID: вне https и localhost браузер её не даёт.
function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// validatorUrl: иначе Swagger UI отдаёт адрес описания чужому сайту.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor(request) {
    if (request.method === "POST" && !request.headers["Idempotency-Key"]) {
      request.headers["Idempotency-Key"] = freshKey();
    }
    return request;
  },
});
