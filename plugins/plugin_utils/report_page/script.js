
"use strict";
(() => {
  const collator = new Intl.Collator("en", { numeric: true });
  const region = document.getElementById("keys");
  const table = region.querySelector("table");
  const groups = Array.from(table.tBodies);
  const size = Math.max(1, ...groups.map((group) => group.rows.length));
  const rows = groups.flatMap((group) => Array.from(group.rows, (row) => {
    const cells = Array.from(row.cells, (cell) => cell.textContent.trim());
    return { row, cells, text: cells.join("\n").toLowerCase(), bad: row.className === "bad" };
  }));

  const tools = document.createElement("div");
  tools.className = "tools";
  const search = Object.assign(document.createElement("input"), { type: "search", id: "search" });
  const searchLabel = Object.assign(document.createElement("label"), { htmlFor: "search", textContent: "Search" });
  const only = Object.assign(document.createElement("input"), { type: "checkbox", id: "only" });
  const onlyLabel = Object.assign(document.createElement("label"), { htmlFor: "only", textContent: "To do only" });
  const shown = document.createElement("output");
  const pair = document.createElement("span");
  pair.append(only, " ", onlyLabel);
  tools.append(searchLabel, search, pair, shown);
  region.before(tools);

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const one of rows) {
      const fits = (!only.checked || one.bad) && words.every((word) => one.text.includes(word));
      if (one.row.hidden === fits) one.row.hidden = !fits;
      if (fits) count += 1;
    }
    shown.textContent = `${count} of ${rows.length} keys`;
  };
  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  only.addEventListener("change", filter);

  const sort = (header, column) => {
    const down = header.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const sign = down ? -1 : 1;
    // What is empty comes last, whichever way.
    rows.sort((one, other) => {
      const [a, b] = [one.cells[column], other.cells[column]];
      return !a || !b ? (a ? -1 : b ? 1 : 0) : sign * collator.compare(a, b);
    });
    groups.forEach((group, at) => {
      const some = rows.slice(at * size, (at + 1) * size);
      group.replaceChildren(...some.map((one) => one.row));
    });
  };
  Array.from(table.tHead.rows[0].cells, (header, column) => {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => sort(header, column));
  });
  filter();
})();
