# Doxygen's view of a header: examples in comments, three spaces from the margin after an empty line, are code.
/^ *\/\/\/ *$/ { empty = 1; print; next }
/^ *\/\/\/   / && (empty || code) { code = 1; sub(/\/\/\/   /, "///      "); print; next }
{ code = 0; empty = 0; print }
