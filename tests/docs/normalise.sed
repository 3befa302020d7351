# What differs from run to run, made equal on both sides before they are compared. Nothing else may differ.

# Times, and how long something took or will take.
s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}[:.][0-9]{2}[:.][0-9]{2}(\.[0-9]+)?Z/TIME/g
s/(^|[^0-9.])[0-9]+(\.[0-9]+)? (ms|s|min|h|d)\b/\1DURATION/g
s/DURATION( DURATION)+/DURATION/g
# How fast.
s/[0-9]+(\.[0-9]+)? ([KMGT]i)?B\/s/RATE/g
# Ids of processes.
s/\bprocess [0-9]+/process #/g
# Numbers of commits: repair makes more or fewer of them.
s/\bcommit [0-9]+/commit #/g
# Where copies are is drawn by lot, and so is how much each node has of them: the figures in the row of a node, of
# which the size of the disk is one.
s/\bnode-[0-9]+ (live|unreachable|bad)\b/node-# \1/g
s/\bfrom node-[0-9]+ to node-[0-9]+/from node-# to node-#/g
s/\bnode-[0-9]+ -> node-[0-9]+/node-# -> node-#/g
/^node-[0-9]+ +[^ ]+ +(up|slow|down|absent|read_only|draining) /{
	s/DURATION/#/g
	:figure
	s/ [0-9]+(\.[0-9]+)?( B| [KMGT]iB|%)? / # /
	t figure
}
# Columns are as wide as what is in them.
s/ +/ /g
s/ $//
