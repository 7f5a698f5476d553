// htmx without inline styles and without evaluating text, as the content security policy demands.
(function () {
  "use strict";
  if (window.htmx) {
    htmx.config.includeIndicatorStyles = false;
    htmx.config.allowEval = false;
    htmx.config.selfRequestsOnly = true;
    htmx.config.historyCacheSize = 0;
  }
})();
