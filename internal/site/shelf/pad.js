// The keys of the pad type into the field above them. What is typed stays in the page until it is sent to the reader.
(function () {
  "use strict";
  var pads = Array.prototype.slice.call(document.querySelectorAll("[data-pad]"));
  function show(one) {
    pads.forEach(function (pad) { pad.hidden = pad !== one; });
  }
  pads.forEach(function (pad) {
    var field = document.getElementById(pad.getAttribute("data-pad"));
    if (!field) { return; }
    field.addEventListener("focus", function () { show(pad); });
    pad.addEventListener("click", function (event) {
      var key = event.target.closest("button");
      if (!key) { return; }
      var digit = key.getAttribute("data-key");
      if (digit === "clear") {
        field.value = "";
      } else if (digit === "back") {
        field.value = field.value.slice(0, -1);
      } else if (field.value.length < field.maxLength) {
        field.value += digit;
      }
    });
  });
  if (pads.length) { show(pads[0]); }
})();
