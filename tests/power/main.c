/*
 * main.c: takes the power away, in every way that disks allow, from a store in use.
 *
 *	powerloss PROGRAM RECORDER [SEED [POINTS [STORY]]]
 *	powerloss PROGRAM RECORDER --replay TAPE STORY MOMENT MODEL SEED KIND
 *
 * Each story (story.h) is recorded once. Then, POINTS times for all stories together, the disk is made that a loss
 * of power at some moment may leave (loss.h), and the store on it has to be all there (trial.h). What fails is
 * told with a command that does the same again, from a copy of the recording beside the program. POWER_JOBS stories
 * (2) are told at the same time. Ends with a line 'N passed, N failed'.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/digest.h"
#include "source.h"
#include "tests/support/must.h"
#include "tests/support/old_catalog.h"
#include "trial.h"

enum { TRIAL_LIMIT_S = 120 };

static struct {
	char program[PATH_MAX], recorder[PATH_MAX], here[PATH_MAX];
	char *folder, *failures;
	uint64_t seed;
	size_t points;
	const char *only;
	struct tally *tally;
} session;

/* ---- recording ---- */

static void must_end_well(const struct place *place, const struct story *story, const char *words, int code)
{
	if (code == 0)
		return;
	char *said = run_messages(place);
	die("%s: '%s' ended with %d: %s", story->name, words, code, said);
}

static void age_catalog(const struct place *place, int format)
{
	char *path = text("%s/s/catalog.db", place->root);
	if (!old_catalog_make(path, format))
		die("%s cannot be made a catalog of format %d", path, format);
	free(path);
}

static void prepare(const struct place *place, const struct story *story)
{
	mkdir(place->folder, 0700);
	mkdir(place->root, 0700);
	sources_write(place->sources);
	for (size_t i = 0; i < STEPS_MAX && story->steps[i].words; i++) {
		const struct step *step = &story->steps[i];
		if (step->kind == STEP_BEFORE)
			must_end_well(place, story, step->words, run_program(place, step->words, false));
		else if (step->kind == STEP_SHELL)
			must_end_well(place, story, step->words, run_shell(place, step->words, false));
		else if (step->kind == STEP_AGE)
			age_catalog(place, atoi(step->words));
	}
}

/* What was recorded has to lead to the very files that are there: nothing escaped the recorder. */
static void check_tape(const struct place *place, const struct story *story, const struct tape *tape)
{
	struct disk disk;
	char difference[PATH_MAX + 64];
	disk_init(&disk, tape->recording.inodes);
	for (size_t i = 0; i < tape->recording.count; i++)
		disk_apply(&disk, &tape->recording.changes[i]);
	if (!disk_matches(&disk, place->root, difference, sizeof(difference)))
		die("%s: the recording is not all that happened: %s", story->name, difference);
	disk_release(&disk);
}

static void record_story(const struct place *place, const struct story *story)
{
	pid_t beside = 0;
	uint64_t number = 0;
	recording_begin(place->tape, place->root);
	for (size_t i = 0; i < STEPS_MAX && story->steps[i].words; i++) {
		const struct step *step = &story->steps[i];
		if (step->kind == STEP_LEFT)
			must_end_well(place, story, step->words, run_shell(place, step->words, true));
		if (step->kind == STEP_BACKGROUND)
			beside = run_start(place, step->words, true);
		if (step->kind != STEP_RECORDED)
			continue;
		recording_note(place->tape, CHANGE_BEGAN, ++number, 0);
		int code = run_program(place, step->words, true);
		recording_note(place->tape, CHANGE_ENDED, number, (uint64_t)code);
		must_end_well(place, story, step->words, code);
	}
	if (beside) {
		kill(beside, SIGTERM);
		int status = run_wait(beside);
		if (WIFSIGNALED(status))
			die("%s: the process beside was killed by signal %d", story->name, WTERMSIG(status));
	}
}

/* ---- trials ---- */

static void copy_file(const char *from, const char *to)
{
	size_t size;
	unsigned char *bytes = read_file(from, &size);
	write_file(to, bytes, size);
	free(bytes);
}

/* `tape` is that of the trial, which may be the one of a second loss. */
static void report_failure(const struct trial *trial, const char *tape, const char *problem)
{
	char *kept = text(
		"%s/%s-%016llx.tape", session.failures, trial->story->name, (unsigned long long)trial->seed);
	mkdir(session.failures, 0700);
	copy_file(tape, kept);
	printf("FAILED  %s: %s\n        again: %s %s %s --replay %s %s %zu %s %llu %s\n", trial->story->name,
		problem, session.here, session.program, session.recorder, kept, trial->story->name,
		trial->moment, loss_model_name(trial->model), (unsigned long long)trial->seed,
		trial_kind_name(trial->kind));
	fflush(stdout);
	free(kept);
}

static void *share_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("out of memory");
	return memory;
}

/* One story's trials, and how far they are: shared with the process that carries them out. */
struct trials {
	const struct story *story;
	const struct tape *tape;
	struct place *place;
	const char *path; /* of the tape */
	uint64_t seed;
	size_t count;
	atomic_size_t *at;
};

static void run_trials_apart(const struct trials *trials)
{
	for (; *trials->at < trials->count; ++*trials->at) {
		char *problem;
		struct trial trial = trial_draw(trials->story, trials->tape, trials->seed, *trials->at);
		alarm(TRIAL_LIMIT_S);
		if (trial_run(&trial, trials->place, session.tally, &problem)) {
			session.tally->passed++;
			continue;
		}
		session.tally->failed++;
		report_failure(
			&trial, trial.tape == trials->tape ? trials->path : trials->place->tape, problem);
	}
}

/* In a process apart, for the engine may crash or hang; then another one goes on with the next trial. */
static void run_trials(const struct trials *trials)
{
	while (*trials->at < trials->count) {
		int status;
		fflush(stdout);
		pid_t pid = fork();
		if (pid == 0) {
			run_trials_apart(trials);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			die("cannot start a process: %s", strerror(errno));
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			continue;
		struct trial trial = trial_draw(trials->story, trials->tape, trials->seed, *trials->at);
		bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
		report_failure(
			&trial, trials->path, hung ? "it hangs" : "the check ended before it was done");
		session.tally->failed++;
		++*trials->at;
	}
}

static void do_story(const struct story *story, size_t points, uint64_t seed)
{
	char *name = text("%s/%s", session.folder, story->name);
	struct place place = place_make(session.program, session.recorder, name);
	struct tape tape;
	free(name);
	place.apart = story->apart;
	prepare(&place, story);
	record_story(&place, story);
	tape_load(&tape, place.tape, story->apart);
	check_tape(&place, story, &tape);
	char *first = text("%s.tape", place.folder);
	rename(place.tape, first);
	size_t before = session.tally->failed;
	atomic_size_t *at = share_memory(sizeof(*at));
	run_trials(&(struct trials){story, &tape, &place, first, seed, points, at});
	printf("%-10s %5zu points in %zu changes%s\n", story->name, points,
		tape.recording.count - tape.recording.base,
		session.tally->failed > before ? "" : ": all is there");
	fflush(stdout);
	unlink(first);
	free(first);
	remove_tree(place.folder);
	place_release(&place);
	tape_release(&tape);
}

/* ---- all of it ---- */

static bool is_chosen(const struct story *story)
{
	return !session.only || strcmp(session.only, story->name) == 0;
}

static size_t count_chosen(void)
{
	size_t count = 0;
	for (size_t i = 0; i < story_count; i++)
		count += is_chosen(&stories[i]);
	return count;
}

static void work(void)
{
	size_t chosen = count_chosen();
	for (size_t i; (i = session.tally->next++) < story_count;)
		if (is_chosen(&stories[i]))
			do_story(&stories[i], (session.points + chosen - 1) / chosen, session.seed);
}

static bool start_workers(void)
{
	bool good = true;
	const char *jobs = getenv("POWER_JOBS");
	for (long i = jobs ? strtol(jobs, NULL, 10) : 2; i > 0; i--) {
		pid_t pid = fork();
		if (pid < 0)
			die("cannot start a process: %s", strerror(errno));
		if (pid == 0) {
			work();
			exit(0);
		}
	}
	for (int status; wait(&status) > 0;)
		good &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
	return good;
}

/* Tells what the losses were, and whether each kind of effect came about. */
static bool report_effects(void)
{
	const struct tally *tally = session.tally;
	bool all = true;
	printf("%zu losses:", (size_t)tally->losses);
	for (int i = 0; i < LOSS_MODELS; i++)
		printf(" %zu %s", (size_t)tally->models[i], loss_model_name((enum loss_model)i));
	printf(";");
	for (int i = 0; i < TRIAL_KINDS; i++)
		printf(" %zu %s", (size_t)tally->kinds[i], trial_kind_name((enum trial_kind)i));
	printf("\n");
	for (int i = 0; i < LOSS_EFFECTS; i++) {
		uint64_t count = tally->effects[i];
		printf("%10llu %s\n", (unsigned long long)count, loss_effect_name((enum loss_effect)i));
		all &= count > 0;
	}
	return all;
}

static const struct story *find_story(const char *name)
{
	for (size_t i = 0; i < story_count; i++)
		if (strcmp(stories[i].name, name) == 0)
			return &stories[i];
	die("there is no story '%s'", name);
}

/* Leaves what it made, to be looked at. */
static int replay(char **words)
{
	struct tape tape;
	struct place place = place_make(session.program, session.recorder, session.folder);
	struct trial trial = {.story = find_story(words[1]),
		.tape = &tape,
		.moment = strtoull(words[2], NULL, 10),
		.seed = strtoull(words[4], NULL, 10)};
	char *problem;
	place.apart = trial.story->apart;
	for (int i = 0; i < LOSS_MODELS; i++)
		if (strcmp(words[3], loss_model_name((enum loss_model)i)) == 0)
			trial.model = (enum loss_model)i;
	for (int i = 0; i < TRIAL_KINDS; i++)
		if (strcmp(words[5], trial_kind_name((enum trial_kind)i)) == 0)
			trial.kind = (enum trial_kind)i;
	tape_load(&tape, words[0], trial.story->apart);
	sources_write(place.sources);
	bool good = trial_run(&trial, &place, session.tally, &problem);
	printf("%s\nthe store is in %s\n", good ? "all is there" : problem, place.root);
	return good ? 0 : 1;
}

static void resolve(const char *path, char *out)
{
	if (!realpath(path, out))
		die("cannot find %s: %s", path, strerror(errno));
}

static void set_up(char **words)
{
	struct error error;
	resolve(words[0], session.here);
	resolve(words[1], session.program);
	resolve(words[2], session.recorder);
	session.folder = must_make_folder("TMPDIR", "linckia-power");
	session.failures = text("%s-failures", session.here);
	session.tally = share_memory(sizeof(*session.tally));
	if (digest_ready(&error) < 0)
		die("cannot begin: %s", error.message);
	umask(077);
	sources_make();
}

int main(int count, char **words)
{
	if (count < 3)
		die("usage: powerloss PROGRAM RECORDER [SEED [POINTS [STORY]]]");
	set_up(words);
	if (count == 10 && strcmp(words[3], "--replay") == 0)
		return replay(words + 4);
	session.seed = number_or(count > 3 ? words[3] : NULL, 1);
	session.points = number_or(count > 4 ? words[4] : NULL, 200);
	session.only = count > 5 ? words[5] : NULL;
	bool good = start_workers();
	remove_tree(session.folder);
	size_t failed = session.tally->failed;
	if (!good) {
		printf("FAILED  a worker did not end well\n");
		failed++;
	}
	if (!report_effects() && !session.only) {
		printf("FAILED  something that a loss may do was never done\n");
		failed++;
	}
	printf("%zu passed, %zu failed\n", (size_t)session.tally->passed, failed);
	return failed ? 1 : 0;
}
