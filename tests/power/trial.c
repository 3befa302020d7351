#include "trial.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "draw.h"
#include "tests/support/must.h"

enum { SECOND_LOSSES = 3, STATUS_DEGRADED = 1 };

const char *trial_kind_name(enum trial_kind kind)
{
	static const char *const names[] = {"look", "heal", "regrow", "again"};
	return names[kind];
}

/* ---- where and how ---- */

static enum trial_kind draw_kind(struct draw *draw)
{
	size_t at = draw_below(draw, 100);
	return at < 65 ? TRIAL_LOOK : at < 69 ? TRIAL_HEAL : at < 94 ? TRIAL_REGROW : TRIAL_AGAIN;
}

struct trial trial_draw(const struct story *story, const struct tape *tape, uint64_t seed, size_t number)
{
	static const enum loss_model models[] = {LOSS_STRICT, LOSS_STRICT, LOSS_ORDERED, LOSS_PREFIX};
	uint64_t of_name = 0;
	for (const char *at = story->name; *at; at++)
		of_name = mix(of_name, (unsigned char)*at, 0);
	struct draw draw = {mix(seed, of_name, number)};
	struct trial trial = {.story = story, .tape = tape, .moment = SIZE_MAX, .model = LOSS_STRICT};
	if (draw_chance(&draw, 35))
		trial.moment = moment_draw_hasty(&draw, &tape->moments);
	if (trial.moment == SIZE_MAX) {
		trial.moment = moment_draw(&draw, &tape->moments, &tape->recording);
		trial.model = models[draw_below(&draw, 4)];
	}
	trial.kind = draw_kind(&draw);
	trial.seed = draw_bits(&draw);
	return trial;
}

/* ---- what the recording says of the commands ---- */

struct position {
	size_t began, ended;
};

static struct position position_of(const struct trial *trial)
{
	struct position position = {0};
	for (size_t i = 0; i < trial->moment; i++) {
		const struct change *change = &trial->tape->recording.changes[i];
		if (change->kind == CHANGE_BEGAN)
			position.began = (size_t)change->token;
		else if (change->kind == CHANGE_ENDED)
			position.ended = (size_t)change->token;
	}
	return position;
}

/* The step that was under way; NULL: none. */
static const struct step *pending_step(const struct trial *trial, struct position position)
{
	size_t count = 0;
	for (size_t i = 0; i < STEPS_MAX && trial->story->steps[i].words; i++)
		if (trial->story->steps[i].kind == STEP_RECORDED && ++count == position.began)
			return position.began > position.ended ? &trial->story->steps[i] : NULL;
	return NULL;
}

/* ---- the loss ---- */

static void lose(const struct trial *trial, struct place *place, struct tally *tally)
{
	uint64_t effects[LOSS_EFFECTS] = {0};
	struct disk disk;
	loss_make(trial->tape, trial->moment, trial->model, trial->seed, &disk, effects);
	disk_write(&disk, place->root);
	disk_release(&disk);
	for (int i = 0; i < LOSS_EFFECTS; i++)
		tally->effects[i] += effects[i];
	tally->losses++;
	tally->models[trial->model]++;
}

/* ---- afterwards ---- */

struct aftermath {
	struct trial *trial;
	struct place *place;
	struct tally *tally;
	struct expect before, after;
	struct check check;
};

static bool must_run(struct aftermath *aftermath, const char *words)
{
	int code = run_program(aftermath->place, words, false);
	if (code == 0)
		return true;
	char *said = run_messages(aftermath->place);
	aftermath->check.problem = text("'%s' ended with %d: %s", words, code, said);
	free(said);
	return false;
}

static bool look(struct aftermath *aftermath, const char *when)
{
	if (check_store(&aftermath->check))
		return true;
	char *problem = text("%s: %s", when, aftermath->check.problem);
	free(aftermath->check.problem);
	aftermath->check.problem = problem;
	return false;
}

/*
 * A command that makes the store or its catalog may leave none, or one that is told to be damaged; then it, or
 * what is said to go on with it, makes one.
 */
static bool go_on_making(struct aftermath *aftermath)
{
	const struct step *step = pending_step(aftermath->trial, position_of(aftermath->trial));
	if (!step || !step->redo || run_program(aftermath->place, "status", false) <= STATUS_DEGRADED)
		return true;
	char *config = text("%s/s/config.yaml", aftermath->place->root);
	bool there = access(config, F_OK) == 0;
	free(config);
	return must_run(aftermath, there ? step->redo : step->words);
}

static bool remove_catalog(struct aftermath *aftermath)
{
	static const char *const names[] = {"catalog.db", "catalog.db-wal", "catalog.db-shm"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *path = text("%s/s/%s", aftermath->place->root, names[i]);
		unlink(path);
		free(path);
	}
	/* A rebuild takes files by their names; what is behind them is read before it is served. */
	bool damaged = aftermath->check.damaged;
	aftermath->check.damaged = true;
	bool good = must_run(aftermath, "rebuild") && look(aftermath, "after a rebuild");
	aftermath->check.damaged = damaged;
	return good;
}

static char leftover[256];

static int find_leftover(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	const char *name = path + walk->base;
	(void)status;
	(void)kind;
	if (strstr(name, ".new") || strcmp(name, "new") == 0 || strncmp(name, "new-", 4) == 0 || *name == '.')
		snprintf(leftover, sizeof(leftover), "%s", path);
	return 0;
}

static bool check_leftovers(struct aftermath *aftermath)
{
	*leftover = '\0';
	nftw(aftermath->place->root, find_leftover, 16, FTW_PHYS);
	if (!*leftover)
		return true;
	aftermath->check.problem = text("%s is left behind", leftover);
	return false;
}

static bool heal(struct aftermath *aftermath)
{
	/* Copies that were spoiled beforehand are found by those who read them all. */
	if (aftermath->check.damaged && !must_run(aftermath, "scrub"))
		return false;
	if (!must_run(aftermath, "repair") || !must_run(aftermath, "gc"))
		return false;
	aftermath->check.damaged = false;
	if (!look(aftermath, "after repair and gc") || !check_leftovers(aftermath) ||
		!must_run(aftermath, "put -n later tiny"))
		return false;
	expect_apply(&aftermath->before, "later=tiny");
	expect_apply(&aftermath->after, "later=tiny");
	return look(aftermath, "after another put") && remove_catalog(aftermath);
}

static bool lose_again(struct aftermath *aftermath)
{
	struct trial *trial = aftermath->trial;
	struct place *place = aftermath->place;
	struct position position = position_of(trial);
	static struct tape again; /* outlives this call: the trial refers to it */
	tape_release(&again);
	recording_begin(place->tape, place->root);
	recording_note(place->tape, CHANGE_BEGAN, position.began, 0);
	if (position.ended)
		recording_note(place->tape, CHANGE_ENDED, position.ended, 0);
	int code = run_program(place, "repair", true);
	if (code != 0) {
		char *said = run_messages(place);
		aftermath->check.problem = text("'repair' ended with %d: %s", code, said);
		free(said);
		return false;
	}
	tape_load(&again, place->tape, trial->story->apart);
	struct draw draw = {mix(trial->seed, 1, 1)};
	trial->tape = &again;
	for (int i = 0; i < SECOND_LOSSES; i++) {
		trial->moment = moment_draw(&draw, &again.moments, &again.recording);
		trial->moment =
			trial->moment < again.recording.base + 2 ? again.recording.base + 2 : trial->moment;
		trial->seed = draw_bits(&draw);
		trial->kind = TRIAL_LOOK;
		lose(trial, place, aftermath->tally);
		if (!look(aftermath, "after a second loss"))
			return false;
	}
	return true;
}

static bool go_on(struct aftermath *aftermath)
{
	if (!go_on_making(aftermath))
		return false;
	if (aftermath->trial->kind == TRIAL_REGROW)
		return remove_catalog(aftermath);
	if (!look(aftermath, "at once"))
		return false;
	if (aftermath->trial->kind == TRIAL_HEAL)
		return heal(aftermath);
	return aftermath->trial->kind == TRIAL_AGAIN ? lose_again(aftermath) : true;
}

bool trial_run(struct trial *trial, struct place *place, struct tally *tally, char **problem)
{
	struct position position = position_of(trial);
	struct aftermath aftermath = {.trial = trial,
		.place = place,
		.tally = tally,
		.before = story_expect(trial->story, position.ended),
		.after = story_expect(trial->story, position.began)};
	aftermath.check = (struct check){.root = place->root,
		.scratch = place->scratch,
		.before = &aftermath.before,
		.after = &aftermath.after,
		.least = trial->story->least,
		.damaged = trial->story->damaged};
	if (position.ended < trial->story->untold)
		trial->kind = TRIAL_LOOK;
	tally->kinds[trial->kind]++;
	lose(trial, place, tally);
	bool good = go_on(&aftermath);
	*problem = good ? NULL : aftermath.check.problem;
	expect_release(&aftermath.before);
	expect_release(&aftermath.after);
	return good;
}
