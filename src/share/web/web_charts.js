/* Pictures: bars by hour, lines over time, the heat map, the map. Each says in words what it shows; what lies under the
 * pointer, or under the arrow keys, is read out beneath. */
const legendOf = series => {
	const list = make("div", "legend");
	for (const one of series) {
		const item = make("span");
		item.append(make("span", "key " + (one.name || "")), one.label);
		list.append(item);
	}
	return list;
};

/* One unit of a picture is one pixel, so that its texts are as large as others. */
const widthOf = figure => Math.max(240, Math.round(figure.clientWidth) || 560);

/* ---- single values by keys ---- */

const STEPS = {ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity};

/* A picture of things that stand apart, [{mark, text}]: the arrow keys choose one, which is marked, and its words stand in the
 * caption and are read out; `rest` stands there else, and is not: it may change at every poll. */
const readOut = (svg, caption, things, rest) => {
	let chosen = -1;
	const choose = index => {
		if (things[chosen])
			things[chosen].mark.classList.remove("chosen");
		chosen = index;
		svg.classList.toggle("read", chosen >= 0);
		if (things[chosen])
			things[chosen].mark.classList.add("chosen");
		caption.setAttribute("aria-live", things[chosen] ? "polite" : "off");
		setText(caption, things[chosen] ? things[chosen].text : rest);
	};
	svg.setAttribute("tabindex", 0);
	svg.setAttribute("aria-description", _("Arrow keys read single values."));
	svg.onblur = () => choose(-1);
	svg.onkeydown = event => {
		const step = STEPS[event.key];
		if (!step || !things.length)
			return;
		event.preventDefault();
		choose(Math.max(0, Math.min(things.length - 1, (chosen < 0 && step < 0 ? things.length : chosen) + step)));
	};
	choose(-1);
};

const captionOf = (svg, things, rest) => {
	const caption = make("figcaption", "dim");
	readOut(svg, caption, things, rest);
	return caption;
};

/* Somebody reads it by the keys, or has chosen something in it. A click alone is no reading. */
const isRead = figure => !!figure.querySelector(":focus-visible, .read");

/* The keys stay with the picture that is drawn anew. */
const replacePicture = (figure, svg, ...parts) => {
	const focused = figure.contains(document.activeElement);
	figure.replaceChildren(...parts);
	if (focused)
		svg.focus({preventScroll: true});
};

/* ---- bars by hour ---- */

const drawHours = (figure, hours, hour, zone) => {
	if (isRead(figure))
		return;
	const width = widthOf(figure), height = 130, foot = 16, step = width / 24, most = Math.max(1, ...hours);
	const svg = shape("svg", {viewBox: "0 0 " + width + " " + height, class: "bars", role: "img"});
	const total = hours.reduce((sum, n) => sum + n, 0), peak = hours.indexOf(Math.max(...hours));
	const rest = (total
		? fill(_("Sightings by hour of day: most, %s, at %s:00; now it is %s:00, %s so far"), count(hours[peak]), two(peak), two(hour),
			count(hours[hour]))
		: _("Sightings by hour of day: none yet")) + inBrackets(zone);
	svg.setAttribute("aria-label", rest);
	const bars = hours.map((n, h) => {
		const tall = n ? Math.max(2, (height - foot - 4) * n / most) : 0;
		const rect = shape("rect", {x: h * step + 1.5, y: height - foot - tall, width: step - 3, height: tall, rx: 1.5});
		if (h === hour)
			rect.setAttribute("class", "now");
		const text = two(h) + ":00 \u2013 " + _n("%s sighting", "%s sightings", n);
		rect.append(shape("title", {}, text));
		svg.append(rect);
		if (h % 6 === 0)
			svg.append(shape("text", {x: h * step + 1.5, y: height - 3}, two(h) + ":00"));
		return {mark: rect, text};
	});
	svg.append(shape("line", {x1: 0, x2: width, y1: height - foot, y2: height - foot, class: "grid-line"}));
	replacePicture(figure, svg, svg, captionOf(svg, bars, rest));
};

/* ---- lines over time ---- */

const timeLabel = (seconds, span) => {
	const date = new Date(seconds * 1000);
	if (span <= 2 * 86400)
		return clock(date).slice(0, 5);
	return date.getDate() + " " + monthOf(date) + (span > 100 * 86400 ? " " + date.getFullYear() : "");
};

/* The line is broken where more than `gap` seconds are missing; what would hardly be seen of it has a dot. */
const pathsOf = (points, x, y, gap) => {
	let line = "", dots = "", begin = 0;
	points.forEach(([at, value], i) => {
		const place = x(at).toFixed(1) + " " + y(value).toFixed(1);
		const first = i === 0 || at - points[i - 1][0] > gap, last = i === points.length - 1 || points[i + 1][0] - at > gap;
		line += (first ? "M" : "L") + place;
		begin = first ? x(at) : begin;
		if (last && x(at) - begin < 3)
			dots += "M" + place + "h0";
	});
	return {line, dots};
};

/* Room to the left of a picture for the words of its scale, whose letters are some six pixels wide. */
const marginOf = (most, write) => Math.max(52, 12 + 6.4 * Math.max(...[most / 2, most].map(value => write(value).length)));

/* Lines across at nothing, at half and at all of `most`. The half has no words where they would be those of another. */
const drawScale = (svg, most, y, left, right, write) => {
	for (let i = 0; i <= 2; i++) {
		const value = most * i / 2, text = write(value);
		svg.append(shape("line", {x1: left, x2: right, y1: y(value), y2: y(value), class: "grid-line"}));
		if (i !== 1 || (text !== write(0) && text !== write(most)))
			svg.append(shape("text", {x: left - 5, y: y(value) + 4, "text-anchor": "end"}, text));
	}
};

const nearest = (points, at) => {
	let low = 0, high = points.length - 1;
	while (low < high) {
		const middle = low + high >> 1;
		if (points[middle][0] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low && at - points[low - 1][0] < points[low][0] - at ? low - 1 : low;
};

/* The place under the pointer or the arrow keys: a line, and its figures in words. */
const follow = (svg, cross, caption, chart) => {
	const first = chart.series[0].points;
	let chosen = first.length - 1;
	const show = index => {
		chosen = Math.max(0, Math.min(first.length - 1, index));
		const at = first[chosen][0], x = chart.x(at);
		cross.setAttribute("x1", x);
		cross.setAttribute("x2", x);
		cross.setAttribute("visibility", "visible");
		caption.textContent = moment(new Date(at * 1000)) + ": " + chart.series.map(one => {
			const point = one.points[nearest(one.points, at)];
			return one.label + " " + chart.write(point[1]);
		}).join(", ");
	};
	const hide = () => {
		cross.setAttribute("visibility", "hidden");
		caption.textContent = chart.caption;
	};
	svg.addEventListener("pointermove", event => {
		const box = svg.getBoundingClientRect();
		show(nearest(first, chart.at((event.clientX - box.left) * chart.width / box.width)));
	});
	svg.addEventListener("pointerleave", hide);
	svg.addEventListener("blur", hide);
	svg.addEventListener("keydown", event => {
		const step = STEPS[event.key];
		if (!step)
			return;
		event.preventDefault();
		show(chosen + step);
	});
};

/* {label, series: [{label, name, points: [[seconds, value]]}], from, to, gap, write}; the first series is filled. */
const drawLines = (figure, chart) => {
	const width = chart.width = widthOf(figure), height = 150, foot = 16, right = 6, top = 8, span = chart.to - chart.from;
	const most = roundUp(Math.max(1, ...chart.series.flatMap(one => one.points.map(point => point[1]))));
	const left = marginOf(most, chart.write);
	const x = at => left + (width - left - right) * (at - chart.from) / span;
	const y = value => top + (height - foot - top) * (1 - value / most);
	chart.x = x;
	chart.at = place => chart.from + (place - left) * span / (width - left - right);
	const svg = shape("svg", {viewBox: "0 0 " + width + " " + height, role: "img", tabindex: 0});
	drawScale(svg, most, y, left, width - right, chart.write);
	const parts = width < 400 ? 2 : 4;
	for (let i = 0; i <= parts; i++) {
		const at = chart.from + span * i / parts;
		svg.append(shape("text", {x: x(at), y: height - 3, "text-anchor": i === 0 ? "start" : i === parts ? "end" : "middle"},
			timeLabel(at, span)));
	}
	const first = chart.series[0].points, cross = shape("line", {y1: top, y2: height - foot, class: "cross", visibility: "hidden"});
	if (first.length > 1)
		svg.append(shape("path", {class: "area", d: first.reduce((area, point, i) => {
			const fresh = i === 0 || point[0] - first[i - 1][0] > chart.gap;
			const close = fresh && i ? "L" + x(first[i - 1][0]).toFixed(1) + " " + y(0) + "Z" : "";
			return area + close + (fresh ? "M" + x(point[0]).toFixed(1) + " " + y(0) + "L" : "L") + x(point[0]).toFixed(1) + " " +
				y(point[1]).toFixed(1);
		}, "") + "L" + x(first[first.length - 1][0]).toFixed(1) + " " + y(0) + "Z"}));
	for (const one of chart.series) {
		const {line, dots} = pathsOf(one.points, x, y, chart.gap);
		svg.append(shape("path", {class: "line " + (one.name || ""), d: line}));
		if (dots)
			svg.append(shape("path", {class: ["line", one.name, "dots"].join(" "), d: dots}));
	}
	svg.append(cross);
	const caption = make("figcaption", "dim");
	chart.caption = first.length ? chart.series.map(one => {
		const values = one.points.map(point => point[1]);
		return fill(_("%s: %s, highest %s, lowest %s"), one.label, chart.write(values[values.length - 1]),
			chart.write(Math.max(...values)), chart.write(Math.min(...values)));
	}).join(" \u00b7 ") : _("Nothing yet.");
	svg.setAttribute("aria-label", chart.label + ". " + chart.caption.replace(/\.$/, "") + ". " + _("Arrow keys read single values."));
	caption.textContent = chart.caption;
	caption.setAttribute("aria-live", "polite");
	if (first.length)
		follow(svg, cross, caption, chart);
	replacePicture(figure, svg, ...(chart.series.length > 1 ? [legendOf(chart.series)] : []), svg, caption);
};

/* A second does not make another picture: the one that is being read stays. */
const drawTrend = (figure, trend, refresh) => {
	if (figure.matches(":hover") || isRead(figure))
		return;
	const points = trend.samples.map(sample => [sample[0] * trend.step_seconds, sample[1]]);
	const to = trend.end * trend.step_seconds, from = to - 3600;
	drawLines(figure, {label: _("Connections in the last hour"), write: value => count(Math.round(value)), from, to,
		gap: Math.max(60, 2.5 * refresh), series: [{label: _("connections"), points}]});
};

/* ---- days, stacked by country ---- */

/* The monitor has a name for the rest of them too. */
N_("others");

/* More days than bars can show are added up from Monday on. */
const BARS = 100, WIDEST = 80;
const byWeek = data => {
	const days = [], week = data.days.map(name => {
		const date = new Date(name + "T12:00:00Z");
		date.setUTCDate(date.getUTCDate() - (date.getUTCDay() + 6) % 7);
		const monday = date.toISOString().slice(0, 10);
		return (days.at(-1) === monday ? days.length : days.push(monday)) - 1;
	});
	return {days, weeks: true, countries: data.countries.map(one => {
		const sums = days.map(() => 0);
		one.days.forEach((n, i) => sums[week[i]] += n);
		return {...one, days: sums};
	})};
};

const drawDays = (figure, given, zone) => {
	if (isRead(figure))
		return;
	const data = given.days.length > BARS ? byWeek(given) : given;
	const width = widthOf(figure), height = 170, foot = 16, days = data.days, write = value => count(Math.round(value));
	const caption = data.weeks ? _("Sightings by week and country") : _("Sightings by day and country");
	if (!days.length) {
		figure.replaceChildren();
		return;
	}
	const totals = days.map((_, i) => data.countries.reduce((sum, one) => sum + one.days[i], 0));
	const most = roundUp(Math.max(1, ...totals)), left = marginOf(most, write);
	const step = Math.min(WIDEST, (width - left) / days.length);
	const svg = shape("svg", {viewBox: "0 0 " + width + " " + height, role: "img"});
	svg.setAttribute("aria-label", caption + ": " + data.countries.map(one => _(one.name) +
		" " + count(one.days.reduce((sum, n) => sum + n, 0))).join(", "));
	drawScale(svg, most, value => 8 + (height - foot - 8) * (1 - value / most), left, width, write);
	const stacks = days.map((day, i) => {
		const name = data.weeks ? fill(_("week of %s"), day) : day;
		let base = height - foot;
		const group = shape("g", {});
		const parts = data.countries.map(one => _(one.name) + " " + count(one.days[i]));
		group.append(shape("title", {}, name + "\n" + parts.join("\n")));
		data.countries.forEach((one, c) => {
			const tall = (height - foot - 8) * one.days[i] / most;
			base -= tall;
			if (tall)
				group.append(shape("rect", {x: left + i * step + 1, y: base, width: Math.max(1, step - 2), height: tall, class: "c-" + c}));
		});
		svg.append(group);
		if (i % Math.ceil(56 / step) === 0)
			svg.append(shape("text", {x: left + i * step, y: height - 3}, Number(day.slice(8)) + " " + monthOf(new Date(day + "T12:00:00"))));
		return {mark: group, text: name + ": " + parts.join(", ")};
	});
	const legend = legendOf(data.countries.map((one, c) => ({label: _(one.name), name: "c-" + c})));
	replacePicture(figure, svg, legend, svg, captionOf(svg, stacks, caption + inBrackets(zone)));
};

/* ---- heat map ---- */

/* The steps of frame_heat_level(), for the map too: 1 to LEVELS, 0 for nothing. */
const heatLevel = (n, most) => n ? Math.max(1, Math.min(LEVELS, Math.ceil(Math.sqrt(n / most) * LEVELS - 1e-9))) : 0;

/* What is in each step, in words; `keyOf(level)` is its sign. Steps that no whole number is in are left out. */
const stepLegend = (most, keyOf) => {
	const list = make("div", "legend");
	for (let level = 1, from = 1; level <= LEVELS; level++) {
		const to = level === LEVELS ? most : Math.floor(most * level * level / (LEVELS * LEVELS) + 1e-9);
		if (to < from)
			continue;
		const item = make("span");
		item.append(keyOf(level), from === to ? count(to) : count(from) + "\u2013" + count(to));
		list.append(item);
		from = to + 1;
	}
	return list;
};

const drawHeat = (table, rows, heat, hour) => {
	const most = Math.max(1, ...rows.flatMap(row => heat[row.code]));
	if (!table.caption) {
		const group = make("colgroup");
		group.append(make("col", "first"));
		table.createCaption().append(make("span", "sr", _("Sightings by country and local hour")));
		table.insertBefore(group, table.tHead);
		const tr = make("tr");
		for (let h = -1; h < 24; h++) {
			const th = make("th", h % 2 ? "odd" : "", h < 0 ? "" : two(h));
			th.scope = "col";
			if (h < 0)
				th.append(make("span", "sr", _("Country")));
			tr.append(th);
		}
		table.tHead.append(tr);
	}
	[...table.tHead.rows[0].cells].forEach((th, i) => th.classList.toggle("now", i - 1 === hour));
	const columns = [{head: true, draw: (cell, row) => {
		if (!cell.firstChild)
			cell.append(make("span", "code", row.code), make("span", "name", " " + _(row.name)));
		cell.title = _(row.name);
	}}];
	for (let h = 0; h < 24; h++)
		columns.push({draw: (cell, row) => {
			const n = heat[row.code][h];
			cell.className = "heat-" + heatLevel(n, most);
			cell.title = _(row.name) + ", " + two(h) + ":00: " + count(n);
			if (!cell.firstChild)
				cell.append(make("span", "sr"));
			setText(cell.firstChild, count(n));
		}});
	fillTable(table.tBodies[0], columns, rows, row => row.code, _("Nothing was seen yet."));
};

const drawHeatLegend = (box, rows, heat) => {
	const most = Math.max(0, ...rows.flatMap(row => heat[row.code]));
	box.replaceChildren(stepLegend(most, level => make("span", "key heat-" + level)));
};

/* ---- map ---- */

/* PARTS, the windows by name, is [west, south, east, north] of the terminal's map: what is drawn, and how, is told in
 * atlas.h. Sizes are in pixels. */
const CELL = 10, LISTED = 8, PHONE = 480;
const radius = (level, view) => (1 + 2.3 * level) * view.dot;
const turned = (longitude, west) => west + ((longitude - west) % 360 + 360) % 360;

/* The window, and around it what fits: its middle, the reach to both sides, degrees to a pixel, and how large dots are.
 * Equirectangular, its standard parallel the middle of the part. */
const project = ([west, south, east, north], world) => {
	const x = (west + east) / 2, y = (south + north) / 2, squeeze = Math.cos(y * Math.PI / 180), wide = (east - west) * squeeze;
	world.setAttribute("viewBox", [west * squeeze, -north, wide, north - south].join(" "));
	const box = world.getBoundingClientRect(), pixel = Math.max(wide / box.width, (north - south) / box.height) || wide / 600;
	return {x, y, squeeze, pixel, dot: box.width < PHONE ? 0.65 : 1,
		reachX: Math.min(180, Math.max(east - west, box.width * pixel / squeeze) / 2),
		reachY: Math.max(north - south, box.height * pixel) / 2};
};

/* The weights within a cell are added up; the dot is where most of them are. */
const gather = (places, view) => {
	const cells = new Map(), side = CELL * view.dot * view.pixel;
	for (const place of places) {
		const x = turned(place.longitude, view.x - 180), y = place.latitude;
		if (Math.abs(x - view.x) > view.reachX || Math.abs(y - view.y) > view.reachY)
			continue;
		const key = Math.floor(x * view.squeeze / side) + "," + Math.floor(y / side);
		const cell = cells.get(key) || {x: 0, y: 0, weight: 0, places: []};
		cells.set(key, cell);
		cell.weight += place.connections;
		cell.x += (x - cell.x) * place.connections / cell.weight;
		cell.y += (y - cell.y) * place.connections / cell.weight;
		cell.places.push(place);
	}
	return [...cells.values()].sort((a, b) => b.weight - a.weight);
};

const placesInWords = places => places.slice(0, LISTED).map(place => (place.city ? place.city + ", " : "") + _(place.name) + ": " +
	_n("%s connection", "%s connections", place.connections)).join("\n") + (places.length > LISTED ? "\n" + fill(_("and %s more"), count(places.length - LISTED)) : "");

/* Where a turn ends the next one begins, but nothing is there twice. Dots may reach over the edge, coasts not. */
const drawCoasts = ({x, y, squeeze, reachX, reachY}) => {
	const coasts = element("coasts"), edge = {x: (x - reachX) * squeeze, y: -y - reachY, width: 2 * reachX * squeeze, height: 2 * reachY};
	if (coasts.children.length === 1)
		for (const turn of [-360, 360])
			coasts.append(shape("use", {href: "#coast", x: turn * UNIT}));
	for (const key in edge)
		element("seen").setAttribute(key, edge[key]);
	coasts.setAttribute("transform", "scale(" + squeeze / UNIT + " " + 1 / UNIT + ")");
};

const drawMap = (map, part) => {
	if (element("world").matches(".read"))
		return;
	const view = project(PARTS[part], element("world")), cells = gather(map.places, view);
	const most = Math.max(0, ...cells.map(cell => cell.weight)), shown = cells.reduce((sum, cell) => sum + cell.weight, 0);
	const total = map.places.reduce((sum, place) => sum + place.connections, 0);
	drawCoasts(view);
	const dots = cells.map(cell => {
		const dot = shape("circle", {cx: cell.x * view.squeeze, cy: -cell.y, r: view.pixel * radius(heatLevel(cell.weight, most), view)});
		const text = placesInWords(cell.places);
		dot.append(shape("title", {}, text));
		return {mark: dot, text: text.replace(/\n/g, "; ")};
	});
	element("dots").replaceChildren(...dots.map(dot => dot.mark));
	element("map-legend").replaceChildren(stepLegend(most, level => {
		const key = make("span", "key round");
		key.style.width = key.style.height = Math.round(2 * radius(level, view)) + "px";
		return key;
	}));
	readOut(element("world"), element("map-caption"), dots, fill(_("%s in sight, %s elsewhere, %s without a place"),
		_n("%s connection", "%s connections", shown), count(total - shown + map.more), count(map.nowhere)));
};
