// Stands in for the application where it was not built (no node, no npm or no network): says so.
'use strict';
(function () {
  const place = document.querySelector('[data-app="filters"]');
  if (!place) return;
  const all = document.querySelector('[data-default="cells"] :is(table, nav)');
  const note = document.createElement('p');
  note.className = 'facts';
  note.textContent =
    'Filters, sorting, comparisons and pages of cells are missing: this site was written by a ' +
    'program that was built without node. The default view below is complete' +
    (all ? '.' : ' but for the table of cells.');
  place.append(note);
})();
