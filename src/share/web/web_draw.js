/* What all parts of the page use beside page.js: numbers for people, rows that stay when their figures change. */
const within = (id, what) => document.querySelector("#" + id + " " + what);

/* Only what differs is touched: a selection, and what a screen reader has read, stay. */
const setText = (node, text) => {
	if (node.textContent !== text)
		node.textContent = text;
};

/* ---- numbers for people ---- */

/* Where there is little room. */
const brief = number => number < 1e7 ? count(number) : count(Math.round(number / 1e6)) + " M";

const rate = size => size ? bytes(size) + "/s" : "0";
const percent = (part, whole) => whole ? Math.round(100 * part / whole) + " %" : UNKNOWN;

const two = number => String(number).padStart(2, "0");
const clock = date => two(date.getHours()) + ":" + two(date.getMinutes()) + ":" + two(date.getSeconds());
const day = date => date.getFullYear() + "-" + two(date.getMonth() + 1) + "-" + two(date.getDate());
/* A time of today as a clock time, another with its day. */
const moment = date => (day(date) === day(new Date()) ? "" : day(date) + " ") + clock(date).slice(0, 5);

/* Hours and days are those of the monitor, `offset` seconds ahead of UTC: what to say to a reader whose clock is another. */
const zoneOf = (offset, date) => {
	const minutes = Math.abs(Math.round(offset / 60)), rest = minutes % 60 ? ":" + two(minutes % 60) : "";
	return offset === -60 * date.getTimezoneOffset() ? "" :
		fill(_("the monitor's time, UTC%s"), (offset < 0 ? "\u2212" : "+") + Math.floor(minutes / 60) + rest);
};

const inBrackets = text => text ? " (" + text + ")" : "";

/* The least round number that is as large: the top of a scale. */
const roundUp = value => {
	const power = Math.pow(10, Math.floor(Math.log10(Math.max(value, 1))));
	return [1, 2, 3, 4, 5, 6, 8, 10].map(step => step * power).find(step => step >= value - 1e-9);
};

/* ---- tables ---- */

/* A column: `title`; `draw(cell, row)` puts the value into it or returns its text; `right` for numbers, `minor` for what a
 * phone has no room for, `spare` for what a narrow column of the page has none for, `head` for what names the row. */
const classOf = column => [column.right ? "number" : column.wide || "", column.minor ? "minor" : "", column.spare ? "spare" : ""].join(" ").trim();

const bar = (cell, part) => {
	if (!cell.firstChild) {
		const box = make("span", "bar");
		box.setAttribute("aria-hidden", "true");
		box.append(make("span"));
		cell.classList.add("barred");
		cell.append(box);
	}
	cell.firstChild.firstChild.style.width = Math.max(0, Math.min(1, part)) * 100 + "%";
};

const fillRow = (tr, columns, row) => {
	columns.forEach((column, i) => {
		let cell = tr.cells[i];
		if (!cell) {
			cell = make(column.head ? "th" : "td", classOf(column));
			if (column.head)
				cell.scope = "row";
			tr.append(cell);
		}
		const value = column.draw(cell, row);
		if (value !== undefined)
			setText(cell, value);
		if (column.wide)
			cell.title = cell.textContent;
	});
};

/* Rows with the same key stay the same elements. */
const fillTable = (body, columns, rows, keyOf, none) => {
	const before = new Map([...body.rows].map(tr => [tr.dataset.key, tr]));
	const used = new Set();
	let at = body.firstElementChild;
	for (const row of rows) {
		const key = keyOf(row);
		let tr = before.get(key);
		before.delete(key);
		if (!tr) {
			tr = make("tr");
			tr.dataset.key = key;
		}
		if (tr === at)
			at = at.nextElementSibling;
		else
			body.insertBefore(tr, at);
		used.add(tr);
		fillRow(tr, columns, row);
	}
	[...body.rows].forEach(tr => used.has(tr) || tr.remove());
	if (!rows.length && none) {
		const tr = make("tr"), cell = make("td", "none", none);
		cell.colSpan = columns.length;
		tr.dataset.key = "";
		tr.append(cell);
		body.replaceChildren(tr);
	}
};

const fillHead = (head, columns, onSort) => {
	const tr = make("tr");
	for (const column of columns) {
		const th = make(column.title ? "th" : "td", classOf(column), column.sort && onSort ? undefined : column.title);
		if (column.title)
			th.scope = "col";
		if (column.hint)
			th.title = column.hint;
		if (column.sort && onSort) {
			const button = make("button", "", column.title);
			button.type = "button";
			button.addEventListener("click", () => onSort(column));
			th.dataset.sort = column.sort;
			th.append(button);
		}
		tr.append(th);
	}
	head.replaceChildren(tr);
};

/* A button under a list that shows the rest, and again only the beginning. */
const moreButton = (id, few, redraw) => {
	const button = element(id), state = {limit: few};
	button.addEventListener("click", () => {
		state.limit = state.limit === few ? Infinity : few;
		redraw();
	});
	state.tell = (all, more) => {
		button.hidden = all <= few;
		setText(button, state.limit === few ? more : _("Show fewer"));
	};
	return state;
};
