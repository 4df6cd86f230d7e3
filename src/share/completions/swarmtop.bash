# bash completion for swarmtop. Commands, options, keys and collections are what the program itself says of them.

# A line for each option of a command: "--config takes", "-c takes", "--once".
_swarmtop_options()
{
	"$1" "$2" --help 2>/dev/null | awk '
		/^  (-.,|   ) --/ {
			takes = ""
			for (i = 1; i <= NF && i <= 3; i++)
				if ($i ~ /^--/ && $0 ~ $i " [A-Z][A-Z.=]*( |$)")
					takes = " takes"
			for (i = 1; i <= 2; i++)
				if ($i ~ /^-/) {
					sub(/,$/, "", $i)
					print $i takes
				}
		}'
}

_swarmtop_commands()
{
	"$1" help 2>/dev/null | awk '/^  [a-z]/ { print $1 }'
}

# With the configuration that was named on the line.
_swarmtop_config()
{
	local program=$1 i
	local -a config=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | --config)
			[[ ${COMP_WORDS[i + 1]} == "=" ]] && ((i++))
			config=(-c "${COMP_WORDS[i + 1]/#\~/$HOME}")
			;;
		esac
	done
	"$program" config --print "${config[@]}" 2>/dev/null
}

# The names of the sections [$2.NAME].
_swarmtop_names()
{
	_swarmtop_config "$1" | sed -n "s/^\[$2\.\"\(.*\)\"\]\$/\1/p"
}

# "monitor.refresh=" and so on; a section that may be there several times cannot be set so, and a
# secret not at all.
_swarmtop_keys()
{
	_swarmtop_config "$1" | awk '
		/^\[/ { section = /^\[\[/ ? "" : substr($0, 2, length($0) - 2) ".";	gsub(/"/, "", section) }
		/^[a-z_]+ = / && section && $1 !~ /^(password|token)$/ { print section $1 "=" }'
}

# Offers the lines of stdin that begin with $1, quoted for the line.
_swarmtop_offer()
{
	local word
	while IFS= read -r word; do
		[[ $word == "$1"* ]] && COMPREPLY+=("$(printf '%q' "$word")")
	done
}

_swarmtop_files()
{
	local word
	compopt -o filenames 2>/dev/null
	while IFS= read -r word; do
		[[ -z $2 || -d $word || $word == *.$2 ]] && COMPREPLY+=("$word")
	done < <(compgen -f -- "$1")
}

# What follows option $2.
_swarmtop_argument()
{
	case $2 in
	-c | --config) _swarmtop_files "$3" toml ;;
	-g | --geoip) _swarmtop_files "$3" mmdb ;;
	-o | --output | --html | --stats | --json | --textfile) _swarmtop_files "$3" '' ;;
	-t | --torrents) _swarmtop_offer "$3" <<<all ;;
	-u | --url) _swarmtop_offer "$3" < <(_swarmtop_config "$1" | sed -n '/^\[\[tr/,/^$/s/^url = "\(.*\)"$/\1/p') ;;
	--by) _swarmtop_offer "$3" < <(printf '%s\n' country hour day peer client) ;;
	--test-notify) _swarmtop_offer "$3" < <(_swarmtop_names "$1" notify) ;;
	--color) _swarmtop_offer "$3" < <(printf '%s\n' auto always never) ;;
	--log-level) _swarmtop_offer "$3" < <(printf '%s\n' error warn info debug) ;;
	--set)
		compopt -o nospace 2>/dev/null
		_swarmtop_offer "$3" < <(_swarmtop_keys "$1")
		;;
	esac
}

_swarmtop_operand()
{
	case $2 in
	inspect) _swarmtop_files "$3" torrent ;;
	sync | trackers | dht | report | health | pick) _swarmtop_offer "$3" < <(_swarmtop_names "$1" collection) ;;
	esac
}

_swarmtop()
{
	local program=${1/#\~/$HOME} word=$2 before=$3 command=monitor options
	COMPREPLY=()
	if ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} != -* ]]; then
		command=${COMP_WORDS[1]}
	fi
	# bash cuts words at "=" too: "--color=auto" is three.
	if [[ $word == "=" ]]; then
		word=
	elif [[ $before == "=" ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if ((COMP_CWORD == 1)) && [[ $word != -* ]]; then
		_swarmtop_offer "$word" < <(_swarmtop_commands "$program"; echo help)
		return
	fi
	options=$(_swarmtop_options "$program" "$command")
	if [[ $'\n'$options$'\n' == *$'\n'"$before takes"$'\n'* ]]; then
		_swarmtop_argument "$program" "$before" "$word"
	elif [[ $word == -* ]]; then
		_swarmtop_offer "$word" <<<"${options// takes/}"
	else
		_swarmtop_operand "$program" "$command" "$word"
	fi
}

complete -F _swarmtop swarmtop
