// Starts Swagger UI on /docs. The address of the description is a data attribute, so that the page needs no inline script.
"use strict";
const place = document.getElementById("swagger");
window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.description,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  docExpansion: "list",
  persistAuthorization: false,
  syntaxHighlight: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
