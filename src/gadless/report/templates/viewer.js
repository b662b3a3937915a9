// Images of a patient on one cursor, in three planes, and the ratings. No WebGL.
(function () {
  var data = JSON.parse(document.getElementById("data").textContent), view = data.view;
  var make = window.gadless.make, all = window.gadless.all, save = window.gadless.save;
  function one(id) { return document.getElementById(id); }

  // Ratings ----------------------------------------------------------------------------------
  var form = one("ratings");
  // A double quote would open a quoted cell.
  function plain(text) { return text.replace(/[\t\r\n]+/g, " ").replace(/"/g, "'").trim(); }
  function sheet() {
    var lines = [["patient", "visit", "contrast", "rating", "comment", "reader"].join("\t")];
    all("tbody tr", form).forEach(function (row) {
      var chosen = row.querySelector("input[type=radio]:checked");
      if (chosen) lines.push([data.patient, row.getAttribute("data-visit"), row.getAttribute("data-contrast"),
        chosen.value, plain(row.querySelector(".why").value) || "NA", plain(one("reader").value) || "NA"].join("\t"));
    });
    return lines;
  }
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var lines = sheet();
    if (lines.length > 1) save("ratings_" + data.patient + ".tsv", "text/tab-separated-values", lines.join("\n") + "\n");
    one("exported").textContent = lines.length > 1 ? lines.length - 1 + " ratings" : "Nothing is rated yet.";
  });
  if (!view) return;

  // Volumes ----------------------------------------------------------------------------------
  var shape = view.shape, spacing = view.spacing_mm, exams = {}, loads = 0;
  function decode(address, done) {
    var picture = new Image();
    picture.onload = function () {
      var canvas = make("canvas"), wide = picture.naturalWidth;
      canvas.width = wide;
      canvas.height = picture.naturalHeight;
      var context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(picture, 0, 0);
      var pixels = context.getImageData(0, 0, wide, canvas.height).data;
      var volume = new Uint8Array(shape[0] * shape[1] * shape[2]), at = 0;
      for (var z = 0; z < shape[2]; z++) {
        var top = Math.floor(z / view.columns) * shape[1], left = (z % view.columns) * shape[0];
        for (var y = 0; y < shape[1]; y++) {
          var from = 4 * ((top + y) * wide + left);
          for (var x = 0; x < shape[0]; x++, from += 4) volume[at++] = pixels[from];
        }
      }
      done(volume);
    };
    picture.onerror = function () { throw new Error("a picture cannot be decoded"); };
    picture.src = address;
  }
  view.visits.forEach(function (visit) {
    Object.keys(visit.exams).forEach(function (name) {
      var told = visit.exams[name], exam = exams[visit.visit + "\n" + name] = { image: null, labels: null };
      ["image", "labels"].forEach(function (kind) {
        if (!told[kind]) return;
        loads++;
        decode(told[kind], function (volume) {
          if (kind === "labels") for (var at = 0; at < volume.length; at++) volume[at] = Math.round(volume[at] / 85);
          exam[kind] = volume;
          loads--;
          draw();
        });
      });
    });
  });

  // State ------------------------------------------------------------------------------------
  var state = { at: shape.map(function (size) { return Math.floor(size / 2); }), plane: "axial", low: 0, high: 255,
    outlines: { 1: true, 2: true, 3: true }, visit: view.visits[view.visits.length - 1].visit,
    contrast: view.contrasts[0], swipe: false, edge: 0.5, flicker: 0, turn: false };
  // Of a plane: its axis of slices, and which axes run across and down, both from their far end.
  var planes = { axial: [2, 0, 1], coronal: [1, 0, 2], sagittal: [0, 1, 2] };
  var steps = [1, shape[0], shape[0] * shape[1]];
  var colours = { 1: "#ffd23f", 2: "#8fdcff", 3: "#ff9ed2" }, dashes = { 1: [], 2: [5, 3], 3: [1.5, 2.5] };
  var sides = { axial: "R", coronal: "R", sagittal: "A" };

  function cut(volume, plane) {
    var axes = planes[plane], across = shape[axes[1]], down = shape[axes[2]];
    var found = new Uint8Array(across * down), at = 0, base = state.at[axes[0]] * steps[axes[0]];
    for (var row = down - 1; row >= 0; row--)
      for (var column = across - 1; column >= 0; column--)
        found[at++] = volume[base + column * steps[axes[1]] + row * steps[axes[2]]];
    return found;
  }
  var scratch = make("canvas");
  function paint(canvas, plane, image, labels, other, otherLabels) {
    var axes = planes[plane], across = shape[axes[1]], down = shape[axes[2]];
    var tall = down * spacing[axes[2]] / (across * spacing[axes[1]]);
    var wide = Math.max(across, Math.min(2 * across, 420)), high = Math.round(wide * tall);
    if (canvas.width !== wide || canvas.height !== high) { canvas.width = wide; canvas.height = high; }
    var context = canvas.getContext("2d");
    context.fillStyle = "#000";
    context.fillRect(0, 0, wide, high);
    function layer(volume, map) {
      if (volume) {
        var slice = cut(volume, plane), pixels = new ImageData(across, down), scale = 255 / Math.max(state.high - state.low, 1);
        for (var at = 0; at < slice.length; at++) {
          var grey = (slice[at] - state.low) * scale;
          pixels.data[4 * at] = pixels.data[4 * at + 1] = pixels.data[4 * at + 2] = grey;
          pixels.data[4 * at + 3] = 255;
        }
        scratch.width = across;
        scratch.height = down;
        scratch.getContext("2d").putImageData(pixels, 0, 0);
        context.drawImage(scratch, 0, 0, wide, high);
      }
      if (map) outline(context, cut(map, plane), across, down, wide / across, high / down);
    }
    layer(image, labels);
    if (other) {
      context.save();
      context.beginPath();
      context.rect(0, 0, wide * state.edge, high);
      context.clip();
      context.fillRect(0, 0, wide, high);
      layer(other, otherLabels);
      context.restore();
      context.fillStyle = "#fff";
      context.fillRect(wide * state.edge - 1, 0, 2, high);
    }
    context.strokeStyle = "rgba(255,255,255,.35)";
    context.setLineDash([]);
    context.lineWidth = 1;
    context.beginPath();
    var x = (across - 0.5 - state.at[axes[1]]) * wide / across, y = (down - 0.5 - state.at[axes[2]]) * high / down;
    context.moveTo(x, 0); context.lineTo(x, high); context.moveTo(0, y); context.lineTo(wide, y);
    context.stroke();
    context.fillStyle = "#fff";
    context.font = "13px sans-serif";
    context.fillText(sides[plane], 4, high / 2);
  }
  function outline(context, slice, across, down, sx, sy) {
    Object.keys(colours).forEach(function (label) {
      if (!state.outlines[label]) return;
      var wanted = +label, path = new Path2D(), some = false;
      for (var row = 0, at = 0; row < down; row++) for (var column = 0; column < across; column++, at++) {
        if (slice[at] !== wanted) continue;
        some = true;
        var x = column * sx, y = row * sy;
        if (!row || slice[at - across] !== wanted) { path.moveTo(x, y); path.lineTo(x + sx, y); }
        if (row === down - 1 || slice[at + across] !== wanted) { path.moveTo(x, y + sy); path.lineTo(x + sx, y + sy); }
        if (!column || slice[at - 1] !== wanted) { path.moveTo(x, y); path.lineTo(x, y + sy); }
        if (column === across - 1 || slice[at + 1] !== wanted) { path.moveTo(x + sx, y); path.lineTo(x + sx, y + sy); }
      }
      if (!some) return;
      context.setLineDash([]);
      context.lineWidth = 3;
      context.strokeStyle = "rgba(0,0,0,.6)";
      context.stroke(path);
      context.setLineDash(dashes[label]);
      context.lineWidth = 1.5;
      context.strokeStyle = colours[label];
      context.stroke(path);
    });
  }
  var asked = false;
  function draw() {
    if (asked) return;
    asked = true;
    setTimeout(function () { asked = false; drawn(); }, 15);
  }
  function drawn() {
    var axis = planes[state.plane][0], slice = one("slice");
    slice.max = shape[axis] - 1;
    slice.value = state.at[axis];
    one("where").textContent = view.origin_mm.map(function (from, at) {
      return "xyz"[at] + " " + Math.round(from + state.at[at] * spacing[at]);
    }).join(", ") + " mm";
    all("canvas[data-exam]").forEach(function (canvas) {
      var exam = exams[canvas.getAttribute("data-visit") + "\n" + canvas.getAttribute("data-contrast")];
      paint(canvas, state.plane, exam.image, exam.labels);
    });
    var reference = exams[state.visit + "\n" + view.contrasts[0]] || {}, chosen = exams[state.visit + "\n" + state.contrast] || {};
    var first = state.flicker && state.turn ? reference : chosen;
    all("canvas[data-focus]").forEach(function (canvas) {
      var own = canvas.getAttribute("data-focus"), through = planes[own][0];
      paint(canvas, own, first.image, first.labels, state.swipe && reference.image, reference.labels);
      canvas.setAttribute("aria-valuemax", String(shape[through]));
      canvas.setAttribute("aria-valuenow", String(state.at[through] + 1));
    });
    var label = data.labels[first === reference ? view.contrasts[0] : state.contrast];
    one("shown").textContent = state.swipe ? "left: " + data.labels[view.contrasts[0]] + ", right: " + label : "shown: " + label;
    document.documentElement.setAttribute("data-loaded", String(loads === 0));
  }

  // What one does ----------------------------------------------------------------------------
  function to(axis, value) {
    state.at[axis] = Math.max(0, Math.min(shape[axis] - 1, Math.round(value)));
    draw();
  }
  one("slice").addEventListener("input", function () { to(planes[state.plane][0], +one("slice").value); });
  all("[data-step]").forEach(function (button) {
    button.addEventListener("click", function () {
      var axis = planes[state.plane][0];
      to(axis, state.at[axis] + +button.getAttribute("data-step"));
    });
  });
  all("[data-plane]").forEach(function (button) {
    button.addEventListener("click", function () {
      state.plane = button.getAttribute("data-plane");
      all("[data-plane]").forEach(function (other) { other.setAttribute("aria-pressed", String(other === button)); });
      draw();
    });
  });
  all("[data-outline]").forEach(function (box) {
    box.addEventListener("change", function () { state.outlines[box.getAttribute("data-outline")] = box.checked; draw(); });
  });
  function windowed() {
    var width = 2.55 * one("width").value, level = 2.55 * one("level").value;
    state.low = level - width / 2;
    state.high = level + width / 2;
    draw();
  }
  one("width").addEventListener("input", windowed);
  one("level").addEventListener("input", windowed);
  one("visit").value = state.visit;
  one("visit").addEventListener("change", function () { state.visit = one("visit").value; draw(); });
  one("contrast").addEventListener("change", function () { state.contrast = one("contrast").value; draw(); });
  one("edge").addEventListener("input", function () { state.edge = one("edge").value / 100; draw(); });
  one("swipe").addEventListener("click", function () {
    state.swipe = !state.swipe;
    one("swipe").setAttribute("aria-pressed", String(state.swipe));
    draw();
  });
  one("flicker").addEventListener("click", function () {
    if (state.flicker) { clearInterval(state.flicker); state.flicker = 0; state.turn = false; }
    else state.flicker = setInterval(function () { state.turn = !state.turn; draw(); }, 700);
    one("flicker").setAttribute("aria-pressed", String(!!state.flicker));
    draw();
  });
  all("canvas").forEach(function (canvas) {
    function plane() { return canvas.getAttribute("data-focus") || state.plane; }
    canvas.addEventListener("click", function (event) {
      var axes = planes[plane()], box = canvas.getBoundingClientRect();
      to(axes[1], shape[axes[1]] - 0.5 - (event.clientX - box.left) / box.width * shape[axes[1]]);
      to(axes[2], shape[axes[2]] - 0.5 - (event.clientY - box.top) / box.height * shape[axes[2]]);
      if (canvas.hasAttribute("data-exam")) focus(canvas.getAttribute("data-visit"), canvas.getAttribute("data-contrast"));
    });
    canvas.addEventListener("wheel", function (event) {
      if (!event.deltaY || event.ctrlKey) return;
      event.preventDefault();
      var axis = planes[plane()][0];
      to(axis, state.at[axis] + (event.deltaY < 0 ? 1 : -1));
    }, { passive: false });
    canvas.addEventListener("keydown", function (event) {
      var step = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      var axis = planes[plane()][0];
      to(axis, state.at[axis] + step);
    });
  });
  function focus(visit, contrast) {
    state.visit = one("visit").value = visit;
    state.contrast = one("contrast").value = contrast;
    draw();
  }
  function jump(visit, contrast, lesion) {
    var found = view.places.filter(function (place) { return place.visit === visit && place.contrast === contrast && place.lesion === lesion; })[0];
    if (!found) return false;
    found.at_mm.forEach(function (mm, axis) { to(axis, (mm - view.origin_mm[axis]) / spacing[axis]); });
    focus(visit, contrast);
    return true;
  }
  all("button.jump").forEach(function (button) {
    button.addEventListener("click", function () {
      if (jump(button.getAttribute("data-visit"), button.getAttribute("data-contrast"), button.getAttribute("data-lesion"))) {
        document.querySelector(".compare").scrollIntoView({ behavior: "instant", block: "center" });
      }
    });
  });
  // Opens at the largest lesion of the last visit.
  var start = view.places.filter(function (place) { return place.visit === state.visit; })[0] || view.places[0];
  if (start) { jump(start.visit, start.contrast, start.lesion); focus(start.visit, view.contrasts[0]); }
  window.gadless.state = state;
  draw();
})();
