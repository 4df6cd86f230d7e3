/* Draws the table of torrents: all of them are sorted and filtered, those that are looked at are drawn. */
const NAME = 0, HASH = 1, COLLECTIONS = 2, SIZE = 3, SEEDERS = 4, LEECHERS = 5, DHT_SEEDERS = 6, DHT_PEERS = 7, TREND = 8,
	DAYS = 9, PEAK = 10, MEASURED = 11, NEED = 12, SHARED = 13, LINK = 14, PRIVATE = 15;
const SPARE = 12; /* rows drawn above and below the window */
const DAY = 86400, OLD = 7 * DAY;

/* ---- data ---- */

const island = element("data");
const rows = JSON.parse(island.textContent);
island.remove();

const collections = new Set();
let before = "", link = "";
for (const row of rows) {
	if (row[COLLECTIONS] === 0)
		row[COLLECTIONS] = before;
	else
		(before = row[COLLECTIONS]).split(",").forEach(name => collections.add(name.trim()));
	if (row[LINK])
		row[LINK] = link = link.slice(0, row[SHARED]) + row[LINK];
	if (row[NAME] === "")
		row[NAME] = row[HASH];
}

const hrefOf = row => {
	if (row[LINK] === "")
		return "magnet:?xt=urn:btih:" + row[HASH] + "&dn=" + encodeURIComponent(row[NAME]);
	return /^(https?:\/\/|magnet:\?)/i.test(row[LINK] || "") ? row[LINK] : null;
};

/* ---- numbers for people ---- */

const slope = perDay => {
	const size = Math.abs(perDay);
	if (size < 0.005)
		return "0";
	return (perDay < 0 ? "\u2212" : "+") + (size < 0.1 ? decimal(size, 2) : size < 10 ? decimal(size, 1) : Math.round(size));
};

/* ---- cells ---- */

const unknown = (cell, word) => {
	cell.append(make("span", "unknown", UNKNOWN), make("span", "sr", word || _("unknown")));
};

const number = at => (cell, row) => {
	if (row[at] < 0)
		unknown(cell);
	else
		cell.textContent = count(row[at]);
};

const nameCell = (cell, row) => {
	const href = hrefOf(row);
	const text = make(href ? "a" : "span", "", row[NAME]);
	if (href) {
		text.href = href;
		text.rel = "noreferrer";
	}
	if (row[PRIVATE])
		cell.append(make("span", "tag", _("private")));
	cell.append(text);
	cell.title = row[NAME] + "\n" + row[HASH];
};

const seedersCell = (cell, row) => {
	number(SEEDERS)(cell, row);
	if (row[SEEDERS] >= 0 && row[SEEDERS] <= 3)
		cell.classList.add(row[SEEDERS] ? "few" : "none");
};

const sizeCell = (cell, row) => {
	if (!row[SIZE])
		return unknown(cell);
	cell.textContent = bytes(row[SIZE]);
	cell.title = _n("%s byte", "%s bytes", row[SIZE]);
};

/* One character a day, today at the right; days without a measurement are crossed straight. */
const sparkline = row => {
	const days = row[DAYS], width = 58, height = 18;
	let path = "";
	for (let i = 0; i < days.length; i++) {
		if (days[i] === "-")
			continue;
		const x = width - 2 - (days.length - 1 - i) * (width - 4) / 29;
		const y = height - 2 - parseInt(days[i], 36) * (height - 4) / 35;
		path += (path ? "L" : "M") + x.toFixed(1) + " " + y.toFixed(1);
	}
	const svg = shape("svg", {width, height, "aria-hidden": "true"}), line = shape("path", {d: path});
	if (row[TREND] !== null && Math.abs(row[TREND]) * 30 >= 1)
		line.setAttribute("class", row[TREND] < 0 ? "down" : "up");
	svg.append(line);
	return svg;
};

const trendCell = (cell, row) => {
	const box = make("span", "trend");
	if (row[DAYS])
		box.append(sparkline(row));
	if (row[TREND] === null) {
		if (!row[DAYS])
			unknown(box);
	} else {
		box.append(make("span", "slope", slope(row[TREND])), make("span", "sr", " " + _("seeders a day")));
		cell.title = fill(_("%s seeders a day; at most %s in 30 days"), slope(row[TREND]), count(row[PEAK]));
	}
	cell.append(box);
};

const measuredCell = (cell, row) => {
	if (!row[MEASURED])
		return unknown(cell, _("never"));
	const seconds = Date.now() / 1000 - row[MEASURED], iso = new Date(row[MEASURED] * 1000).toISOString();
	const time = make("time", seconds > OLD ? "old" : "", age(seconds));
	time.dateTime = iso;
	time.title = iso.slice(0, 10) + " " + iso.slice(11, 16) + " UTC";
	cell.append(time);
};

const textCell = at => (cell, row) => {
	cell.textContent = row[at];
	cell.title = row[at];
};

/* ---- columns ---- */

/* "vol 9" before "vol 10". */
const natural = text => text.toLowerCase().replace(/\d+/g, digits => digits.padStart(12, "0"));
const orLast = value => value < 0 || value === null ? NaN : value;

/* `first`: the direction of the first click, 1 or -1. What is unknown comes last in either. */
const columns = [
	{id: "name", label: _("Name"), key: row => natural(row[NAME]), first: 1, draw: nameCell, head: true},
	{id: "collection", label: _("Collection"), key: row => natural(row[COLLECTIONS]), first: 1, draw: textCell(COLLECTIONS)},
	{id: "size", label: _("Size"), key: row => row[SIZE] || NaN, first: -1, draw: sizeCell, right: true},
	{id: "seeders", label: _("Seeders"), key: row => orLast(row[SEEDERS]), first: 1, draw: seedersCell, right: true},
	{id: "leechers", label: _("Leechers"), key: row => orLast(row[LEECHERS]), first: -1, draw: number(LEECHERS), right: true},
	{id: "dht-seeders", label: _("DHT seeders"), key: row => orLast(row[DHT_SEEDERS]), first: 1, draw: number(DHT_SEEDERS),
		right: true, title: _("as the DHT estimates them (BEP 33)")},
	{id: "peers", label: _("DHT peers"), key: row => orLast(row[DHT_PEERS]), first: 1, draw: number(DHT_PEERS), right: true,
		title: _("distinct addresses in the DHT")},
	{id: "trend", label: _("Trend"), key: row => row[TREND] === null ? NaN : row[TREND], first: 1, draw: trendCell, right: true,
		title: _("seeders over 30 days, and how many more or fewer they get a day")},
	{id: "measured", label: _("Measured"), key: row => row[MEASURED] || NaN, first: 1, draw: measuredCell, right: true,
		title: _("how long ago trackers told, else the DHT")},
	{id: "need", label: _("Need"), key: row => row[NEED], first: -1, draw: (cell, row) => {
		cell.textContent = decimal(row[NEED], 1);
	}, right: true, title: _("how much it needs seeders, 0 to 100")},
	{id: "hash", label: _("Info-hash"), key: row => row[HASH], first: 1, draw: textCell(HASH), mono: true},
];
const classOf = column => "c-" + column.id + (column.right ? " number" : "") + (column.mono ? " mono" : "");

/* ---- order and choice ---- */

const ranges = [["0", 0, 0], ["1\u20133", 1, 3], ["4\u201310", 4, 10], [_("more"), 11, Infinity], [_("unknown"), -1, -1]];
let order = rows.map((_, i) => i), shown = order;
let sorted = null, direction = 1;

/* Equals stay in the order they had: sort by one column, then by another. */
const sortBy = (column, way) => {
	const keys = rows.map(column.key), numbers = typeof keys[0] !== "string";
	const compare = numbers
		? (a, b) => {
			const x = keys[a], y = keys[b];
			if (x === y)
				return 0;
			if (x !== x || y !== y)
				return x === x ? -1 : y === y ? 1 : 0;
			return x < y ? -way : way;
		}
		: (a, b) => keys[a] < keys[b] ? -way : keys[a] > keys[b] ? way : 0;
	order = order.slice().sort(compare);
	sorted = column;
	direction = way;
};

let hay = null;
const search = () => {
	hay = hay || rows.map(row => (row[NAME] + "\n" + row[HASH] + "\n" + row[COLLECTIONS]).toLowerCase());
	return hay;
};

const choose = () => {
	const words = element("words").value.toLowerCase().split(/\s+/).filter(word => word);
	const collection = element("collection").value, range = ranges[element("range").value];
	const texts = words.length ? search() : null;

	shown = order.filter(i => {
		const row = rows[i];
		return (!range || (row[SEEDERS] >= range[1] && row[SEEDERS] <= range[2])) &&
			(!collection || row[COLLECTIONS] === collection ||
				row[COLLECTIONS].split(",").some(name => name.trim() === collection)) &&
			words.every(word => texts[i].includes(word));
	});
};

const tell = () => {
	const all = _n("%s torrent", "%s torrents", rows.length);
	let size = 0;
	for (const i of shown)
		size += rows[i][SIZE];
	element("count").textContent = (shown.length === rows.length ? all : fill(_("%s of %s"), count(shown.length), all)) +
		(size || !shown.length ? ", " + bytes(size) : "");
};

/* ---- drawing ---- */

const table = element("table"), head = table.tHead, body = table.tBodies[0];
const drawn = new Map(); /* position -> row of the table */
let height = 30;

const drawRow = position => {
	const row = rows[shown[position]], tr = make("tr", position % 2 ? "odd" : "");
	tr.setAttribute("role", "row");
	tr.setAttribute("aria-rowindex", position + 2);
	tr.style.top = position * height + "px";
	for (const column of columns) {
		const cell = make(column.head ? "th" : "td", classOf(column));
		cell.setAttribute("role", column.head ? "rowheader" : "cell");
		column.draw(cell, row);
		tr.append(cell);
	}
	return tr;
};

/* What has the focus stays, even out of sight: else the focus would be lost. */
const look = () => {
	const top = body.getBoundingClientRect().top;
	const from = Math.max(0, Math.floor(-top / height) - SPARE);
	const to = Math.min(shown.length, Math.ceil((innerHeight - top) / height) + SPARE);
	let next = null;

	for (const [position, tr] of drawn) {
		if ((position >= from && position < to) || tr.contains(document.activeElement)) {
			if (position >= to)
				next = tr;
			continue;
		}
		tr.remove();
		drawn.delete(position);
	}
	for (let position = to - 1; position >= from; position--) {
		let tr = drawn.get(position);
		if (!tr) {
			tr = drawRow(position);
			body.insertBefore(tr, next);
			drawn.set(position, tr);
		}
		next = tr;
	}
};

const drawAll = () => {
	drawn.clear();
	body.replaceChildren();
	height = parseFloat(getComputedStyle(table).getPropertyValue("--row"));
	table.setAttribute("aria-rowcount", shown.length + 1);
	body.style.height = Math.max(shown.length * height, height * 2) + "px";
	if (!shown.length) {
		const tr = make("tr"), cell = make("td", "empty", _("No torrent fits."));
		tr.setAttribute("role", "row");
		cell.setAttribute("role", "cell");
		tr.append(cell);
		body.append(tr);
	}
	look();
};

/* The top of the list into sight, when it is above. */
const backToTop = () => {
	const top = element("torrents").getBoundingClientRect().top;
	if (top < 0)
		scrollBy(0, top);
};

const refilter = () => {
	choose();
	tell();
	backToTop();
	drawAll();
};

const showSorting = () => {
	for (const th of head.rows[0].cells) {
		th.removeAttribute("aria-sort");
		if (th.dataset.column === sorted.id)
			th.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
	}
};

const resort = column => {
	sortBy(column, sorted === column ? -direction : column.first);
	choose();
	showSorting();
	backToTop();
	drawAll();
};

/* ---- beginning ---- */

const drawHead = () => {
	const tr = make("tr");
	tr.setAttribute("role", "row");
	tr.setAttribute("aria-rowindex", 1);
	for (const column of columns) {
		const th = make("th", classOf(column).replace(" mono", "")), button = make("button", "", column.label);
		th.setAttribute("role", "columnheader");
		th.scope = "col";
		th.dataset.column = column.id;
		button.type = "button";
		if (column.title)
			button.title = column.title;
		button.addEventListener("click", () => resort(column));
		th.append(button);
		tr.append(th);
	}
	head.append(tr);
};

const option = (select, value, text) => {
	const made = make("option", "", text);
	made.value = value;
	element(select).append(made);
};

const listen = () => {
	let waiting = false;
	const soon = () => {
		if (!waiting)
			requestAnimationFrame(() => {
				waiting = false;
				look();
			});
		waiting = true;
	};
	addEventListener("scroll", soon, {passive: true});
	addEventListener("resize", () => {
		const row = parseFloat(getComputedStyle(table).getPropertyValue("--row"));
		if (row === height)
			soon();
		else
			drawAll();
	});
	element("tools").addEventListener("submit", event => event.preventDefault());
	element("words").addEventListener("input", refilter);
	element("collection").addEventListener("change", refilter);
	element("range").addEventListener("change", refilter);
	document.addEventListener("keydown", event => {
		if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /INPUT|SELECT/.test(event.target.tagName))
			return;
		event.preventDefault();
		element("words").focus();
	});
	new ResizeObserver(() => {
		table.style.setProperty("--tools", getComputedStyle(element("tools")).position === "sticky"
			? element("tools").offsetHeight + "px" : "0px");
	}).observe(element("tools"));
};

[...collections].sort().forEach(name => option("collection", name, name));
ranges.forEach((range, i) => option("range", i, range[0]));
drawHead();
sortBy(columns.find(column => column.id === "need"), -1);
shown = order;
showSorting();
element("torrents").hidden = false;
tell();
drawAll();
listen();
