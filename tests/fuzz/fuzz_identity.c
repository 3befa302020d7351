/*
 * fuzz_identity.c: a node is what its identity file says, or nothing that is ever written to (invariant 5).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/node.h"
#include "tests/fuzz/fuzz.h"

#define STORE "11111111-1111-4111-8111-111111111111"
#define NODE  "22222222-2222-4222-8222-222222222222"

static struct node node;

static void make_node(void)
{
	struct error error;
	error_clear(&error);
	scratch_folder(fuzz_folder(), "node");
	FUZZ_CHECK(node_init(&node, env_real(), "node-1", "a", scratch_path(fuzz_folder(), "node"), &error) ==
		   0);
	strcpy(node.store_uuid, STORE);
	FUZZ_CHECK_WITH(node_create(&node, &error) == 0, error.message);
	node_remember(&node, 1, NODE);
}

static bool is_text(const char *text, size_t room)
{
	return memchr(text, '\0', room) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!node.name)
		make_node();
	fuzz_write("node/linckia-node.json", data, size);
	struct node_identity identity;
	memset(&identity, 'x', sizeof(identity));
	errno = 0;
	int result = node_identify(env_real(), scratch_path(fuzz_folder(), "node"), &identity);
	if (result < 0) {
		FUZZ_CHECK(errno == EBADMSG);
	} else {
		FUZZ_CHECK(is_text(identity.name, sizeof(identity.name)));
		FUZZ_CHECK(uuid_is_valid(identity.store) && uuid_is_valid(identity.node));
	}
	enum node_finding finding = node_probe(&node);
	bool ours = result == 0 && strcmp(identity.store, STORE) == 0 && strcmp(identity.node, NODE) == 0;
	FUZZ_CHECK(ours == (finding == NODE_FOUND_IT));
	FUZZ_CHECK(ours || (!node_writing(&node) && !node_reading(&node)));
	if (result < 0)
		FUZZ_CHECK(finding == NODE_FOUND_UNREADABLE);
	else if (strcmp(identity.store, STORE) != 0)
		FUZZ_CHECK(finding == NODE_FOUND_FOREIGN);
	struct node_status status;
	node_status(&node, &status);
	FUZZ_CHECK(ours == (status.state == NODE_UP));
	FUZZ_CHECK(ours || status.cause[0] != 0);
	return 0;
}
