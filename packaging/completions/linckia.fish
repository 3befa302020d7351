# fish completion for linckia.
#
# The program says what may follow. fish quotes whatever names a store has; nothing of the answer is evaluated.

function __linckia_complete
	set -l typed (commandline -ct | string collect)
	set -l plain (string unescape -- $typed | string collect)
	test -n "$plain"; or set plain $typed
	set -l words (commandline -opc)
	set -e words[1]
	set -l answer (command linckia completion --for-words -- $words "$plain" 2>/dev/null)
	set -q answer[1]; or return
	set -l files (string split ' ' -- $answer[1])
	set -e answer[1]
	for line in $answer
		echo -- $line
	end

	set -l head (string sub -l $files[2] -- "$plain")
	set -l path (string sub -s (math $files[2] + 1) -- "$plain")
	switch $files[1]
		case files
			string replace -r '^' -- $head (__fish_complete_path "$path")
		case folders
			string replace -r '^' -- $head (__fish_complete_directories "$path")
		case yaml
			string replace -r '^' -- $head (__fish_complete_path "$path" | string match -r '^[^\t]*(?:/|\.ya?ml)(?:\t.*)?$')
	end
end
complete -c linckia -f -k -a '(__linckia_complete)'
