// Ticks that stay, commands that copy themselves, tables that sort.

export function create_runbook(data) {
  const key = `vacate-${data.fingerprint}`;
  const boxes = [...document.querySelectorAll("#s-run input[type=checkbox]")];
  // A browser may refuse to keep anything for a file.
  const kept = () => {
    try {
      return new Set(JSON.parse(localStorage.getItem(key) ?? "[]"));
    } catch {
      return new Set();
    }
  };
  const ticked = kept();
  for (const box of boxes) {
    box.checked = ticked.has(box.id);
    box.addEventListener("change", () => {
      try {
        localStorage.setItem(key, JSON.stringify(boxes.filter((each) => each.checked).map((each) => each.id)));
      } catch {
        // The tick holds until the page is closed.
      }
    });
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    const command = button.nextElementSibling;
    try {
      await navigator.clipboard.writeText(command.textContent);
      button.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(command);
      button.textContent = "selected";
    }
    setTimeout(() => { button.textContent = "copy"; }, 1200);
  });
}

const rows_at_first = 100;

export function create_tables() {
  for (const table of document.querySelectorAll("table.sorts")) create_table(table);
}

function create_table(table) {
  const body = table.tBodies[0];
  if (body.rows.length > rows_at_first) {
    table.classList.add("short");
    const more = document.createElement("button");
    more.className = "btn scripted";
    more.type = "button";
    more.textContent = `show all ${body.rows.length}`;
    more.addEventListener("click", () => {
      table.classList.remove("short");
      more.remove();
    });
    table.parentElement.after(more);
  }
  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent;
    cell.textContent = "";
    cell.append(button);
    button.addEventListener("click", () => {
      const up = cell.getAttribute("aria-sort") !== "ascending";
      for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = (row) => row.cells[column].dataset.v;
      const compare = (a, b) => (value(a) === undefined
        ? a.cells[column].textContent.localeCompare(b.cells[column].textContent)
        : value(a) - value(b));
      body.append(...[...body.rows].sort((a, b) => (up ? compare(a, b) : compare(b, a))));
    });
  });
}
