"use strict";
// Contents that say where one is, folding, and tables that sort, filter, copy and download.
(function () {
  var root = document.documentElement;
  root.classList.add("js");
  function all(selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); }
  function make(tag, words, more) {
    var made = document.createElement(tag);
    if (words) made.textContent = words;
    Object.keys(more || {}).forEach(function (name) { made.setAttribute(name, more[name]); });
    return made;
  }
  function words(cell) { return (cell.getAttribute("data-text") || cell.textContent).replace(/\s+/g, " ").trim(); }
  function save(name, kind, content) {
    var link = make("a", "", { download: name });
    link.href = URL.createObjectURL(new Blob([content], { type: kind }));
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }
  function copy(text) {
    function old() {
      var area = make("textarea", "", { "aria-hidden": "true" });
      area.value = text;
      document.body.appendChild(area);
      area.select();
      var done = document.execCommand("copy");
      area.remove();
      return done;
    }
    if (navigator.clipboard && window.isSecureContext) {
      return navigator.clipboard.writeText(text).then(function () { return true; }, old);
    }
    return Promise.resolve(old());
  }

  // Tables -----------------------------------------------------------------------------------
  function level(text) { return text.replace(/\s+/g, " ").replace(/\u2212/g, "-"); }
  function parsed(text) {
    // [number, 1 above it or -1 below it]; null of words, names (P10, 10-2) and dates.
    var plain = level(text).replace(/,(?=\d{3})/g, "");
    var found = /^(?:p )?([<>\u2264\u2265=\u00b1~]?) ?\+?(-?(?:\d+\.?\d*(?:e[+-]?\d+)?|\u221e))(?![\d.:\/_-]|[a-z])/i.exec(plain);
    if (!found) return null;
    return [parseFloat(found[2].replace("\u221e", "Infinity")), { "<": -1, ">": 1 }[found[1]] || 0];
  }
  function empty(text) { return !text || text === "\u2013" || text === "NA"; }
  function compare(one, other) {
    if (one.number && other.number) {
      for (var at = 0; at < 2; at++) if (one.number[at] !== other.number[at]) return one.number[at] < other.number[at] ? -1 : 1;
      return 0;
    }
    return level(one.text).localeCompare(level(other.text), "en", { numeric: true });
  }
  function sort(table, column, head) {
    // Numbers first, then words ("not reached"), then what is empty, whichever way it is turned.
    var down = head.getAttribute("aria-sort") === "ascending";
    all("thead [aria-sort]", table).forEach(function (one) { one.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    var body = table.tBodies[0], keyed = all("tr", body).map(function (row, place) {
      var text = words(row.cells[column]), number = parsed(text);
      return { row: row, text: text, number: number, kind: empty(text) ? 2 : number ? 0 : 1, place: place };
    });
    keyed.sort(function (one, other) {
      var found = one.kind === 2 ? 0 : compare(one, other);
      return one.kind - other.kind || (down ? -found : found) || one.place - other.place;
    });
    keyed.forEach(function (one) { body.appendChild(one.row); });
  }
  function lines(table) {
    var rows = [all("thead th, thead td", table)];
    all("tbody tr", table).forEach(function (row) { if (!row.hidden) rows.push(all("th, td", row)); });
    return rows.map(function (row) { return row.map(function (cell) { return words(cell); }); });
  }
  function tsv(table) {
    // A program reads it: a minus is a hyphen.
    function plain(cell) { return cell.replace(/\u2212(?=[\d.\u221e])/g, "-"); }
    return lines(table).map(function (row) { return row.map(plain).join("\t"); }).join("\n") + "\n";
  }
  function rtf(table) {
    function text(cell) {
      return cell.replace(/[\\{}]/g, "\\$&").replace(/[^\x00-\x7f]/g, function (one) {
        var code = one.charCodeAt(0);
        return "\\u" + (code > 32767 ? code - 65536 : code) + "?";
      });
    }
    var rows = lines(table), wide = Math.max.apply(null, rows.map(function (row) { return row.length; }));
    var step = Math.floor(13900 / wide);
    var made = rows.map(function (row, place) {
      var cells = row.map(function (_, at) { return "\\clbrdrb\\brdrs\\cellx" + step * (at + 1); }).join("");
      var said = row.map(function (cell) { return "\\intbl " + (place ? "" : "\\b ") + text(cell) + (place ? "" : "\\b0 ") + "\\cell"; }).join("\n");
      return "\\trowd" + (place ? "" : "\\trhdr") + cells + "\n" + said + "\\row\n";
    });
    var head = table.caption ? "{\\pard\\b " + text(words(table.caption)) + "\\par}\n" : "";
    return "{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Arial;}}\\landscape\\paperw16838\\paperh11906\\margl1440\\margr1440\\fs16\n" + head + made.join("") + "}";
  }
  function shown(table) {
    // A row is seen if every filter lets it; what is printed or saved says that it is a part.
    var text = level(table.typed || "").toLowerCase();
    var count = 0, rows = all("tbody tr", table);
    rows.forEach(function (row) {
      var seen = !text || level(row.textContent).toLowerCase().indexOf(text) >= 0;
      Object.keys(table.chosen || {}).forEach(function (name) {
        var value = table.chosen[name], own = row.getAttribute("data-" + name) || "";
        if (value && (name === "flags" ? own.split("|") : [own]).indexOf(value) < 0) seen = false;
      });
      row.hidden = !seen;
      count += seen;
    });
    var told = count + " of " + rows.length + " rows";
    if (table.note) table.note.textContent = count < rows.length ? " Filtered: " + told + "." : "";
    return told;
  }
  function equip(table, number) {
    var title = table.caption ? words(table.caption.querySelector("strong") || table.caption).replace(/\.$/, "") : "table";
    var file = title.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "").slice(0, 60) || "table_" + number;
    var tools = make("div", "", { "class": "tools", role: "group", "aria-label": "Tools: " + title });
    var field = make("input", "", { type: "search", placeholder: "Filter rows", "aria-label": "Filter rows: " + title });
    var said = make("span", "", { role: "status" });
    if (table.caption) table.note = table.caption.appendChild(make("span", "", { "class": "part" }));
    table.tell = function () { said.textContent = shown(table); };
    field.addEventListener("input", function () { table.typed = field.value; table.tell(); });
    tools.appendChild(field);
    [["Copy", "as TSV: ", function () {
      copy(tsv(table)).then(function (done) { said.textContent = done ? "copied" : "not copied: the browser forbids it"; });
    }], ["TSV", "Download as TSV: ", function () { save(file + ".tsv", "text/tab-separated-values", tsv(table)); }],
    ["RTF", "Download as RTF: ", function () { save(file + ".rtf", "application/rtf", rtf(table)); }]].forEach(function (one) {
      var button = make("button", one[0], { type: "button", "aria-label": one[0] + ", " + one[1] + title });
      button.addEventListener("click", one[2]);
      tools.appendChild(button);
    });
    tools.appendChild(said);
    var scroll = table.closest(".scroll") || table;
    scroll.parentNode.insertBefore(tools, scroll);
    if (table.tHead) all("th", table.tHead).forEach(function (head) {
      var button = make("button", words(head), { type: "button", "class": "sort" });
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () { sort(table, head.cellIndex, head); });
    });
  }
  all("main table").filter(function (table) { return table.tBodies.length === 1 && !table.classList.contains("fixed"); }).forEach(equip);
  all(".filters").forEach(function (group) {
    var table = document.getElementById(group.getAttribute("data-for"));
    table.chosen = {};
    all("select, input[type=checkbox]", group).forEach(function (input) {
      input.addEventListener("change", function () {
        table.chosen[input.name] = input.type === "checkbox" ? (input.checked ? input.value : "") : input.value;
        table.tell();
      });
    });
  });

  // Folding ----------------------------------------------------------------------------------
  function unfold(target) {
    for (var at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    var own = target.querySelector && target.querySelector(":scope > details");
    if (own) own.open = true;
  }
  function go() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) { unfold(target); target.scrollIntoView({ behavior: "instant" }); }
  }
  addEventListener("hashchange", go);
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) go();
    if (link) side && side.classList.remove("open");
  });
  var folded = [];
  addEventListener("beforeprint", function () {
    folded = all("details:not([open]):not(.kept)");
    folded.forEach(function (one) { one.open = true; });
  });
  addEventListener("afterprint", function () { folded.forEach(function (one) { one.open = false; }); });
  all("[data-fold]").forEach(function (button) {
    button.addEventListener("click", function () {
      all(".chapter > details").forEach(function (one) { one.open = button.getAttribute("data-fold") === "open"; });
    });
  });

  // Alone ------------------------------------------------------------------------------------
  function alone(page) {
    // Mailed without its folder: what is in the page is saved from it, and no link leads nowhere.
    all("figure").forEach(function (figure) {
      var picture = figure.querySelector("img.drawing"), kind = picture && /^data:image\/(svg|png)/.exec(picture.src);
      if (kind) all(".files a", figure).forEach(function (link) {
        if (link.textContent.toLowerCase() === kind[1]) { link.download = link.getAttribute("href").split("/").pop(); link.href = picture.src; }
      });
    });
    all("a[href]").forEach(function (link) {
      if (!/^(#|data:|https?:)/.test(link.getAttribute("href"))) link.replaceWith(make("span", words(link), { "class": "elsewhere" }));
    });
    page.querySelector(".alone").hidden = false;
  }
  all("[data-beside]").forEach(function (page) {
    var probe = new Image();
    probe.onerror = function () { alone(page); };
    probe.src = page.getAttribute("data-beside");
  });

  // Where one is -----------------------------------------------------------------------------
  var side = document.querySelector("nav.side");
  if (side) {
    var links = all('a[href^="#"]', side), here = side.querySelector("[data-here]"), toggle = side.querySelector(".toc-button");
    var mark = function () {
      var current = links[0];
      links.forEach(function (link) {
        var section = document.getElementById(link.getAttribute("href").slice(1));
        if (section && section.getBoundingClientRect().top <= innerHeight * 0.3) current = link;
      });
      links.forEach(function (link) { link.removeAttribute("aria-current"); });
      if (innerHeight + scrollY >= document.body.scrollHeight - 2 && scrollY > 0) current = links[links.length - 1];
      current.setAttribute("aria-current", "location");
      if (here) here.textContent = current.textContent;
    };
    addEventListener("scroll", mark, { passive: true });
    addEventListener("resize", mark);
    document.addEventListener("toggle", mark, true);
    if (toggle) toggle.addEventListener("click", function () {
      toggle.setAttribute("aria-expanded", String(side.classList.toggle("open")));
    });
    mark();
  }
  go();
  window.gadless = { tsv: tsv, rtf: rtf, save: save, copy: copy, make: make, all: all };
})();
