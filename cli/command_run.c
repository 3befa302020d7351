/*
 * command_run.c: plays a scenario and gives the verdict.
 */
#include "cli/command.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/rehearse.h"
#include "cli/signals.h"
#include "cli/verdict.h"

static void tell(void *context, const struct rehearsal_note *note)
{
	char time[32];
	(void)context;
	message_information("%10s  %s", text_duration(time, sizeof(time), note->time_ms), note->text);
}

static int play(const struct invocation *invocation, struct rehearsal *rehearsal, struct error *error)
{
	if (rehearsal_play(rehearsal, error) < 0)
		return -1;
	const struct verdict *verdict = rehearsal_verdict(rehearsal);
	if (invocation->json)
		output_document(verdict_json(verdict));
	else
		verdict_print(verdict);
	return 0;
}

int command_run(const struct invocation *invocation)
{
	struct error error;
	struct rehearsal *rehearsal;
	char program[4096];
	struct rehearsal_options options = {
		.folder = arguments_value(invocation->arguments, "store"),
		.program = program,
		.report = invocation->quiet || invocation->json ? NULL : tell,
	};
	if (rehearse_find_program(program, sizeof(program), &error) < 0)
		return command_fail(invocation, &error);
	signals_catch();
	options.cancel = signals_cancel();
	if (rehearsal_open(invocation->arguments->operands[0], &options, &rehearsal, &error) < 0)
		return command_fail(invocation, &error);
	int result = play(invocation, rehearsal, &error);
	int code = result < 0                             ? command_fail(invocation, &error)
		   : rehearsal_verdict(rehearsal)->passed ? EXIT_DONE
							  : EXIT_FAILED;
	rehearsal_close(rehearsal);
	return code;
}
