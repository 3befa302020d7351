#include "story.h"

#include <stdlib.h>
#include <string.h>

#define STORE "new ../root/s --nodes 4 --rf 3 --chunk-size 64KiB --rehearsal"
#define STEP(what, line, changes)                                                                            \
	{                                                                                                    \
		.kind = (what), .words = (line), .effect = (changes)                                         \
	}
#define BEFORE(line, changes) STEP(STEP_BEFORE, line, changes)
#define DO(line, changes)     STEP(STEP_RECORDED, line, changes)
#define AGE(format)           STEP(STEP_AGE, format, "")
#define MAKE(line, again)                                                                                    \
	{                                                                                                    \
		.kind = STEP_RECORDED, .words = (line), .effect = "", .redo = (again)                        \
	}

const struct story stories[] = {
	{.name = "new", .least = 3, .untold = 1, .steps = {MAKE(STORE, "init"), DO("put -n a two", "a=two")}},
	{.name = "put",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n x two", "x=two"), DO("put -n a one", "a=one"),
			DO("put -n b alt", "b=alt")}},
	/* Chunk files that a killed process wrote and named are taken over. */
	{.name = "adopt",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n x two", "x=two"),
			STEP(STEP_LEFT,
				"h=$(sha256sum <../sources/one | cut -c 1-64); for n in 1 2 3 4; do "
				"dd if=../sources/one of=\"s/node-$n/chunks/${h%${h#??}}/$h\" bs=64k || exit "
				"1; "
				"done",
				""),
			DO("put -n a one", "a=one"), DO("put -n b alt", "b=alt")}},
	{.name = "versions",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a one", "a=one"), DO("put -n a two", "a=two"),
			DO("put -n a alt", "a=alt"), DO("put -n a tiny", "a=tiny")}},
	{.name = "folder",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n x one", "x=one"), DO("put -n d d", "d/*=d/*"),
			DO("put -n d e", "d/*=e/*")}},
	{.name = "large",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n x one", "x=one"), DO("put -n m many", "m=many"),
			DO("put -n n many", "n=many")}},
	{.name = "direct",
		.least = 3,
		.steps = {BEFORE("new ../root/s --nodes 4 --rf 3 --chunk-size 256KiB", ""),
			BEFORE("put -n x one", "x=one"), DO("put -n m many", "m=many"),
			DO("put -n a two", "a=two")}},
	{.name = "remove",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"), BEFORE("put -n b one", "b=one"),
			BEFORE("put -n d d", "d/*=d/*"), DO("rm a", "a=-"),
			DO("gc --keep-versions 1", "a~two"), DO("rm d/", "d/*=-"),
			DO("put -n a two", "a=two")}},
	{.name = "collect",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"), BEFORE("put -n a alt", "a=alt"),
			BEFORE("put -n a one", "a=one"), DO("gc --keep-versions 1", "a~two a~alt"),
			DO("put -n b alt", "b=alt"), DO("put -n c two", "c=two"), DO("gc", "")}},
	{.name = "factor",
		.least = 2,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"), BEFORE("put -n b alt", "b=alt"),
			DO("set-rf 4 a", ""), DO("repair", ""), DO("set-rf 2 b", ""), DO("repair", "")}},
	{.name = "history",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"), BEFORE("put -n a one", "a=one"),
			BEFORE("put -n b alt", "b=alt"), DO("snapshot create s1", "+s1"),
			DO("restore a@1", "a=two"), DO("rm b", "b=-"), DO("snapshot create s2", "+s2"),
			DO("snapshot restore s1", "a=one b=alt"), DO("snapshot rm s2", "-s2")}},
	{.name = "repair",
		.least = 2,
		.damaged = true,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"),
			BEFORE("put -n b many", "b=many"), STEP(STEP_SHELL, "rm -rf s/node-3/chunks/*/*", ""),
			DO("repair", ""), DO("put -n c alt", "c=alt")}},
	/* Nothing is in the folders that go, so that copies have to be good in those that are made anew. */
	{.name = "mend",
		.least = 3,
		.steps = {BEFORE(STORE, ""),
			STEP(STEP_SHELL,
				"rm -r s/node-1/chunks s/node-2/chunks && rmdir s/node-[34]/chunks/?[1-9a-f]",
				""),
			DO("init", ""), DO("put -n a one", "a=one"), DO("put -n b tiny", "b=tiny"),
			DO("put -n c alt", "c=alt")}},
	{.name = "corrupt",
		.least = 2,
		.damaged = true,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"),
			BEFORE("put -n b many", "b=many"), BEFORE("node corrupt node-2 --chunks 6", ""),
			DO("scrub", ""), DO("repair", "")}},
	{.name = "drain",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"),
			BEFORE("put -n b many", "b=many"), DO("node drain node-2", ""), DO("repair", ""),
			DO("node rm node-2", ""), DO("put -n c alt", "c=alt")}},
	{.name = "grow",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"),
			BEFORE("put -n b many", "b=many"),
			DO("node add node-5 --path ../root/s/node-5 --zone b", ""), DO("rebalance", ""),
			DO("put -n c alt", "c=alt")}},
	{.name = "journals",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"),
			STEP(STEP_SHELL, "rm -rf s/node-1/journal s/node-2/journal/0* s/node-2/catalog", ""),
			DO("put -n b alt", "b=alt"), DO("repair", ""), DO("put -n c one", "c=one")}},
	/* The old catalog's log holds only a part of its pages: beside another catalog it would not go unnoticed. */
	{.name = "rebuild",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"), BEFORE("put -n d d", "d/*=d/*"),
			BEFORE("put -n f e", "f/*=e/*"), BEFORE("put -n g d", "g/*=d/*"),
			BEFORE("put -n h e", "h/*=e/*"), BEFORE("rebuild --force", ""),
			BEFORE("rm d/", "d/*=-"), BEFORE("snapshot create s1", "+s1"),
			MAKE("rebuild --force", "rebuild"), DO("put -n c one", "c=one")}},
	/* Here it was never moved at all, and the catalog itself is gone. */
	{.name = "regrow",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"), BEFORE("put -n d d", "d/*=d/*"),
			BEFORE("put -n a alt", "a=alt"), BEFORE("rm d/", "d/*=-"),
			STEP(STEP_SHELL, "rm s/catalog.db", ""), MAKE("rebuild", "rebuild"),
			DO("put -n c one", "c=one")}},
	{.name = "log",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"),
			STEP(STEP_SHELL,
				"i=0; while [ \"$(stat -c %s s/catalog.db-wal)\" -lt 3900000 ]; do "
				"i=$((i+1)); "
				"$L -q -c s/config.yaml put -n \"x$i\" ../sources/e >/dev/null || exit 1; "
				"$L -q -c s/config.yaml rm \"x$i/\" || exit 1; done",
				""),
			DO("put -n d d", "d/*=d/*"), DO("put -n b one", "b=one"), DO("rm a", "a=-"),
			DO("put -n a alt", "a=alt"), DO("put -n d e", "d/*=e/*"),
			DO("put -n b tiny", "b=tiny")}},
	{.name = "format-1",
		.least = 3,
		.untold = 1,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"), BEFORE("put -n a alt", "a=alt"),
			BEFORE("put -n d d", "d/*=d/*"), BEFORE("rm d/", "d/*=-"),
			STEP(STEP_SHELL, "rm -r s/node-?/journal s/node-?/catalog", ""), AGE("1"),
			DO("put -n b one", "b=one"), DO("snapshot create s1", "+s1"),
			DO("put -n a tiny", "a=tiny")}},
	{.name = "format-2",
		.least = 3,
		.untold = 2,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"), BEFORE("put -n b alt", "b=alt"),
			STEP(STEP_SHELL, "rm -r s/node-?/journal s/node-?/catalog", ""), AGE("2"),
			DO("ls", ""), DO("rm b", "b=-"), DO("repair", ""), DO("put -n c one", "c=one")}},
	{.name = "format-3",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"),
			BEFORE("snapshot create s1", "+s1"), AGE("3"), DO("rm a", "a=-"),
			DO("put -n c one", "c=one"), DO("snapshot rm s1", "-s1")}},
	{.name = "apart",
		.least = 2,
		.apart = true,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n x two", "x=two"), DO("put -n a one", "a=one"),
			DO("put -n m many", "m=many"), DO("put -n d d", "d/*=d/*"), DO("set-rf 4 x", ""),
			DO("repair", ""), DO("put -n m alt", "m=alt"), DO("rm a", "a=-"),
			DO("gc --keep-versions 1", "m~many a~one"), DO("put -n b two", "b=two")}},
	{.name = "series",
		.least = 3,
		.steps = {BEFORE(STORE, ""), DO("put -n a two", "a=two"), DO("put -n d d", "d/*=d/*"),
			DO("rm a", "a=-"), DO("gc --keep-versions 1", "a~two"), DO("repair", ""),
			DO("put -n a alt", "a=alt"), DO("snapshot create s1", "+s1"),
			DO("put -n a two", "a=two"), DO("scrub", "")}},
	{.name = "beside",
		.least = 3,
		.steps = {BEFORE(STORE, ""), BEFORE("put -n a two", "a=two"), BEFORE("put -n b alt", "b=alt"),
			STEP(STEP_BACKGROUND, "daemon", ""), DO("put -n c many", "c=many"),
			DO("set-rf 4 b", ""), DO("put -n a one", "a=one"), DO("rm b", "b=-"),
			DO("put -n d d", "d/*=d/*")}},
};
const size_t story_count = sizeof(stories) / sizeof(*stories);

struct expect story_expect(const struct story *story, size_t ended)
{
	struct expect expect = {0};
	size_t count = 0;
	for (size_t i = 0; i < STEPS_MAX && story->steps[i].words; i++) {
		const struct step *step = &story->steps[i];
		if (step->kind == STEP_BEFORE || (step->kind == STEP_RECORDED && count++ < ended))
			expect_apply(&expect, step->effect);
	}
	return expect;
}
