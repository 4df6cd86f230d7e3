/* The tables: countries, clients, and those that are filtered and sorted by the monitor, peers and torrents. */
const nameOf = new Map([["--", N_("Local")], ["??", N_("Unknown")]]); /* of countries, by code */

const figure = key => ({draw: (cell, row) => count(row[key]), right: true, sort: key.replace("_", "-")});
const speed = key => ({draw: (cell, row) => rate(row[key]), right: true, sort: key.replace("_", "-")});
const land = (cell, code, name) => {
	if (!cell.firstChild)
		cell.append(make("span", "code"), " ", make("span", "name"));
	setText(cell.firstChild, code);
	setText(cell.lastChild, name);
};

/* What clients call themselves is theirs. */
const clientName = name => name === N_("Unknown") || name === N_("(other clients)") ? _(name) : name;

/* ---- countries and clients ---- */

const countryColumns = (most, allTime) => [
	{title: _("Country"), head: true, wide: "text", draw: (cell, row) => land(cell, row.code, _(row.name))},
	{title: _("now"), ...figure("connections"), hint: _("connections now")},
	{title: "", minor: true, draw: (cell, row) => bar(cell, row.connections / most)},
	{title: _("addresses"), ...figure("addresses"), minor: true, spare: true, hint: _("distinct addresses now")},
	{title: _("unique"), ...figure("unique"), minor: true, hint: _("distinct addresses since the monitor was started")},
	{title: _("seen"), ...figure("sightings"), hint: _("entries of peer lists in all polls since the monitor was started")},
	...(allTime ? [{title: _("all time"), right: true, minor: true, spare: true, hint: _("the same with what the history knows"),
		draw: (cell, row) => count(allTime.get(row.code) || row.sightings)}] : []),
	{title: "\u2191/s", ...speed("rate_up"), hint: _("sent to them")},
	{title: "\u2193/s", ...speed("rate_down"), minor: true, hint: _("received from them")},
];

/* Who is here comes first. */
const byNow = rows => rows.slice().sort((a, b) => b.connections - a.connections || b.sightings - a.sightings);

const fillWhole = (id, columns, rows, keyOf, none) => {
	const table = within(id, "table"), titles = columns.map(column => column.title).join();
	if (table.dataset.titles !== titles) {
		table.dataset.titles = titles;
		fillHead(table.tHead, columns);
		table.tBodies[0].replaceChildren();
	}
	fillTable(table.tBodies[0], columns, rows, keyOf, none);
};

const clientColumns = total => [
	{title: _("Client"), head: true, wide: "text", draw: (cell, row) => clientName(row.client)},
	{title: _("now"), ...figure("connections")},
	{title: _("share"), right: true, draw: (cell, row) => percent(row.connections, total)},
	{title: "", minor: true, draw: (cell, row) => bar(cell, total ? row.connections / total : 0)},
	{title: _("versions"), ...figure("versions"), minor: true},
	{title: _("addresses"), ...figure("addresses"), minor: true},
	{title: _("seen"), ...figure("sightings"), minor: true},
	{title: "\u2191/s", ...speed("rate_up")},
	{title: "\u2193/s", ...speed("rate_down"), minor: true},
];

/* By autonomous system; `kind` only where a list of hosters is. */
const networkColumns = (total, kinds) => [
	{title: _("Network"), head: true, wide: "text long", draw: (cell, row) => row.name || _("Unknown")},
	{title: _("number"), minor: true, draw: (cell, row) => row.asn ? "AS" + row.asn : ""},
	...(kinds ? [{title: _("kind"), minor: true, draw: (cell, row) => row.kind ? _(row.kind) : ""}] : []),
	{title: _("now"), ...figure("connections")},
	{title: _("share"), right: true, draw: (cell, row) => percent(row.connections, total)},
	{title: "", minor: true, draw: (cell, row) => bar(cell, total ? row.connections / total : 0)},
	{title: _("addresses"), ...figure("addresses"), minor: true},
	{title: _("seen"), ...figure("sightings"), minor: true},
	{title: "\u2191/s", ...speed("rate_up")},
	{title: "\u2193/s", ...speed("rate_down"), minor: true},
];

/* ---- peers and torrents ---- */

/* "5.9.x.x", "2a01:4f8:x": for looking over one's shoulder. */
const hidden = address => address.includes(":")
	? address.split(":").slice(0, 2).join(":") + ":x"
	: address.split(".").slice(0, 2).join(".") + ".x.x";

const since = (cell, text) => {
	const date = new Date(text);
	cell.title = day(date) + " " + clock(date);
	return moment(date);
};

const tagsCell = (cell, row) => {
	const tags = row.tags ? Array.isArray(row.tags) ? row.tags : row.tags.split(" ") : [];
	if (cell.dataset.tags !== tags.join()) {
		cell.dataset.tags = tags.join();
		cell.replaceChildren(...tags.map(tag => make("span", "tag", tag)));
	}
};

/* What nobody has in any row is left out. */
const peerColumns = rows => [
	{title: _("Address"), head: true, sort: "address", draw: (cell, row) => element("hide").checked ? hidden(row.address) : row.address},
	{title: _("From"), wide: "text", sort: "country", draw: (cell, row) => land(cell, row.country, _(nameOf.get(row.country) || ""))},
	{title: _("City"), wide: "text", minor: true, sort: "city", draw: (cell, row) => row.city || "", key: "city"},
	{title: _("Client"), wide: "text", sort: "client", draw: (cell, row) => clientName(row.client || "Unknown")},
	{title: _("Flags"), minor: true, draw: (cell, row) => row.flags},
	{title: _("done"), right: true, minor: true, sort: "progress", draw: (cell, row) => Math.floor(100 * row.progress) + " %"},
	{title: "\u2191/s", ...speed("rate_up")},
	{title: "\u2193/s", ...speed("rate_down"), minor: true},
	{title: _("seen"), ...figure("sightings"), minor: true},
	{title: _("est. \u2191"), right: true, minor: true, sort: "bytes-up", draw: (cell, row) => bytes(row.estimated_bytes_up)},
	{title: _("first"), right: true, minor: true, sort: "first-seen", draw: (cell, row) => since(cell, row.first_seen)},
	{title: _("last"), right: true, minor: true, sort: "last-seen",
		draw: (cell, row) => row.connected ? _("now") : since(cell, row.last_seen)},
	{title: _("Tags"), minor: true, draw: tagsCell, key: "tags"},
	{title: _("Network"), wide: "text", minor: true, sort: "network", draw: (cell, row) => row.network || "", key: "network"},
].filter(column => !column.key || rows.some(row => row[column.key] && row[column.key].length));

const torrentColumns = () => [
	{title: _("Torrent"), head: true, wide: "text long", sort: "name", draw: (cell, row) => row.name || _("(no name)")},
	{title: _("peers"), ...figure("peers")},
	{title: _("countries"), ...figure("countries"), minor: true},
	{title: "\u2191/s", ...speed("rate_up")},
	{title: "\u2193/s", ...speed("rate_down"), minor: true},
	{title: _("seen"), ...figure("sightings"), minor: true},
	{title: _("first"), right: true, minor: true, sort: "first-seen", draw: (cell, row) => since(cell, row.first_seen)},
	{title: _("last"), right: true, minor: true, sort: "last-seen",
		draw: (cell, row) => row.peers ? _("now") : since(cell, row.last_seen)},
];

/* A table that the monitor sorts and filters. `words`: {none, all(n)}; `ask(path)` is a promise of JSON. */
const distantTable = (id, words, columnsOf, keyOf, sort, ask) => {
	const PAGE = 30, table = within(id, "table"), filter = element(id + "-filter"), status = element(id + "-count");
	const more = element(id + "-more"), state = {sort, reverse: false, limit: PAGE, asked: 0, typing: 0};

	const showSorting = () => {
		for (const th of table.tHead.rows[0].cells) {
			th.removeAttribute("aria-sort");
			if (th.dataset.sort === state.sort) {
				const text = ["address", "country", "city", "client", "name", "network"].includes(state.sort);
				th.setAttribute("aria-sort", text !== state.reverse ? "ascending" : "descending");
			}
		}
	};

	const resort = column => {
		state.reverse = state.sort === column.sort && !state.reverse;
		state.sort = column.sort;
		state.limit = PAGE;
		refresh();
	};

	const draw = data => {
		const rows = data[id], columns = columnsOf(rows), titles = columns.map(column => column.title).join();
		if (table.dataset.titles !== titles) {
			table.dataset.titles = titles;
			fillHead(table.tHead, columns, resort);
			table.tBodies[0].replaceChildren();
		}
		showSorting();
		fillTable(table.tBodies[0], columns, rows, keyOf, data.all ? words.none : _("None yet."));
		[...table.tBodies[0].rows].forEach((tr, i) => tr.classList.toggle("gone", rows.length > 0 && rows[i].connected === false));
		setText(status, (data.found === data.all ? words.all(data.all) : fill(_("%s of %s"), count(data.found), words.all(data.all))) +
			(data.found > rows.length ? fill(_(", the first %s are shown"), count(rows.length)) +
				(state.limit < ROWS_MAX ? "" : _("; a filter finds the others")) : ""));
		more.hidden = data.found <= rows.length || state.limit >= ROWS_MAX;
		setText(more, fill(_("Show %s more"), count(Math.min(data.found, state.limit * 5, ROWS_MAX) - rows.length)));
	};

	const complain = (message, wrong = message) => {
		status.classList.toggle("problem", Boolean(message));
		if (message)
			setText(status, said(message));
		if (wrong)
			filter.setAttribute("aria-invalid", "true");
		else
			filter.removeAttribute("aria-invalid");
	};

	/* Answers may overtake each other: the last question counts. */
	const refresh = () => {
		const mine = ++state.asked, words = new URLSearchParams({filter: filter.value, sort: state.sort, limit: state.limit});
		if (state.reverse)
			words.set("reverse", "1");
		return ask("api/v1/" + id + "?" + words).then(data => {
			if (mine !== state.asked)
				return;
			complain(data.error);
			if (!data.error)
				draw(data);
		}, failure => {
			const tooLong = failure.status === 431;
			if (mine === state.asked && failure.status)
				complain(tooLong ? _("the filter is too long") : failure.message, tooLong);
		});
	};

	filter.form.addEventListener("submit", event => event.preventDefault());
	filter.addEventListener("input", () => {
		clearTimeout(state.typing);
		state.limit = PAGE;
		state.typing = setTimeout(refresh, 200);
	});
	more.addEventListener("click", () => {
		state.limit = Math.min(state.limit * 5, ROWS_MAX);
		refresh();
	});
	return refresh;
};
