# Makes a C array of the bytes that od wrote, with a NUL behind them.
BEGIN { printf "static const char %s[] = {\n", name }
{ for (i = 1; i <= NF; i++) printf "%d,", ($i > 127 ? $i - 256 : $i); print "" }
END { print "0};" }
