# fish completion for swarmtop. Commands, options, keys and collections are what the program itself says of them.

# The command on the line; monitor where there is none.
function __swarmtop_command
    set -l words (commandline -opc)
    if set -q words[2]; and not string match -q -- '-*' $words[2]
        echo $words[2]
    else
        echo monitor
    end
end

function __swarmtop_is
    contains -- (__swarmtop_command) $argv
end

# With the configuration that was named on the line.
function __swarmtop_config
    set -l words (commandline -opc)
    set -l config
    for i in (seq 2 (count $words))
        if contains -- $words[$i] -c --config; and set -q words[(math $i + 1)]
            set config -c $words[(math $i + 1)]
        else if string match -q -- '--config=*' $words[$i]
            set config -c (string replace -- '--config=' '' $words[$i])
        end
    end
    command swarmtop config --print $config 2>/dev/null
end

# The names of the sections [SECTION.NAME].
function __swarmtop_names -a section
    __swarmtop_config | string replace -rf "^\[$section\.\"(.*)\"\]\$" '$1'
end

function __swarmtop_daemons
    __swarmtop_config | awk '/^\[/ { in_it = /^\[\[tr/ } in_it && /^url = / { gsub(/^url = "|"$/, ""); print }'
end

function __swarmtop_keys
    __swarmtop_config | awk '
        /^\[/ { section = /^\[\[/ ? "" : substr($0, 2, length($0) - 2) "."; gsub(/"/, "", section) }
        /^[a-z_]+ = / && section && $1 !~ /^(password|token)$/ { print section $1 "=" }'
end

# A line an option: command, letter, name, what it takes, help, with a byte between that no text has.
function __swarmtop_options
    command swarmtop $argv[1] --help 2>/dev/null | awk -v OFS=\x1f -v command=$argv[1] '
        function put() { if (name) print command, letter, name, takes, text }
        /^  (-.,|   ) --/ {
            put()
            letter = /^  -/ ? substr($1, 2, 1) : ""
            rest = substr($0, 9)
            name = rest
            sub(/ .*/, "", name)
            rest = substr(rest, length(name) + 1)
            takes = ""
            if (match(rest, /^ [A-Z][A-Z.=]*/)) {
                takes = substr(rest, 2, RLENGTH - 1)
                rest = substr(rest, RLENGTH + 1)
            }
            sub(/^ +/, "", rest)
            text = rest
            next
        }
        /^            / && name { sub(/^ +/, ""); text = text (text ? " " : "") $0 }
        END { put() }'
end

function __swarmtop_complete_option -a command letter name takes text
    set -l how -c swarmtop -n "__swarmtop_is $command" -l $name -d $text
    test -n "$letter"; and set -a how -s $letter
    switch "$takes"
        case ''
        case FILE
            set -a how -r -F
        case LEVEL
            set -a how -x -a 'error warn info debug'
        case WHAT
            set -a how -x -a 'country hour day peer client'
        case NAME
            set -a how -x -a '(__swarmtop_names notify)'
        case WHEN
            set -a how -x -a 'auto always never'
        case 'SECTION*'
            set -a how -x -a '(__swarmtop_keys)'
        case URL
            set -a how -x -a '(__swarmtop_daemons)'
        case '*'
            set -a how -x
    end
    complete $how
end

complete -c swarmtop -f
complete -c swarmtop -n 'test (count (commandline -opc)) -eq 1' -a help -d 'list the commands'
for line in (command swarmtop help 2>/dev/null | string match -r '^  [a-z]+ +.*')
    set -l words (string match -r '^  ([a-z]+) +(.*)' $line)
    complete -c swarmtop -n 'test (count (commandline -opc)) -eq 1' -a $words[2] -d $words[3]
    for option in (__swarmtop_options $words[2])
        __swarmtop_complete_option (string split \x1f -- $option)
    end
end
complete -c swarmtop -n '__swarmtop_is sync trackers dht report health pick' -a '(__swarmtop_names collection)'
complete -c swarmtop -n '__swarmtop_is inspect' -k -a '(__fish_complete_suffix .torrent)'
