# Compiles translations (GNU gettext's .po, UTF-8, without plurals and contexts) into a C table sorted by the English text.
#   LC_ALL=C awk -f web/po/table.awk web/po/zh*.po > table.c
function die(why) { print FILENAME ":" FNR ": " why > "/dev/stderr"; failed = 1; exit 1 }
# what strcmp() will see of a quoted text
function plain(s) { gsub(/\\n/, "\n", s); gsub(/\\"/, "\"", s); gsub(/\\\\/, "\\", s); return s }
function keep() {
	if (id != "" && fuzzy == 0) {
		if (str == "") die("no translation: " id)
		if ((id in text) && text[id] != str) die("translated in two ways: " id)
		if (!(id in text)) name[++n] = id
		text[id] = str
	}
	id = str = part = ""; fuzzy = 0
}
# heap sort, by the plain text
function sift(i, end,   k, t) {
	while ((k = 2 * i) <= end) {
		if (k < end && plain(name[k]) < plain(name[k + 1])) k++
		if (plain(name[i]) >= plain(name[k])) return
		t = name[i]; name[i] = name[k]; name[k] = t
		i = k
	}
}
FNR == 1 { keep() }
/^#, .*fuzzy/ { die("fuzzy: look at it and take the mark away") }
/^#/ || /^[ \t\r]*$/ { next }
/^(msgctxt|msgid_plural|msgstr\[)/ { die("contexts and plurals are not used here") }
/^msgid / { keep(); part = "id"; sub(/^msgid +/, "") }
/^msgstr / { if (part != "id") die("msgstr without msgid"); part = "str"; sub(/^msgstr +/, "") }
{
	if ($0 !~ /^".*"$/ || part == "") die("not a line of a .po: " $0)
	line = substr($0, 2, length($0) - 2)
	if (part == "id") id = id line; else str = str line
}
END {
	if (failed) exit 1
	keep()
	for (i = int(n / 2); i > 0; i--) sift(i, n)
	for (i = n; i > 1; i--) { t = name[1]; name[1] = name[i]; name[i] = t; sift(1, i - 1) }
	print "#include \"web/tr.h\"\n\nconst struct tr_text tr_zh[] = {"
	for (i = 1; i <= n; i++) print "\t{ \"" name[i] "\", \"" text[name[i]] "\" },"
	if (n == 0) print "\t{ \"\", \"\" },"
	print "};\nconst size_t tr_zh_n = sizeof(tr_zh) / sizeof(tr_zh[0]);"
}
