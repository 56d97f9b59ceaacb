"use strict";

// validatorUrl: иначе Swagger UI отдаёт адрес описания чужому сайту.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
});
