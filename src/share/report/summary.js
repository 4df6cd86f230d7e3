/* The words and numbers of the summary, which the program has written in English. */
translateDocument();
document.querySelectorAll("td.countries").forEach(cell => {
	cell.title = cell.title.split(", ").map(one => one.replace(/^(.*) ([\d,]+)$/, (all, name, number) =>
		_(name) + " " + count(Number(number.replace(/,/g, ""))))).join(", ");
});
document.querySelectorAll(".summary td.number").forEach(cell => {
	cell.textContent = cell.textContent.replace(/^[\d,]+$/, number => count(Number(number.replace(/,/g, ""))))
		.replace(/^\d+\.\d(?= )/, number => decimal(Number(number), 1));
});
