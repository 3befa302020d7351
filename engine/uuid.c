#include "engine/uuid.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

char *uuid_new(const struct env *env, char out[UUID_SIZE])
{
	uint64_t high = env->dice->next(env->dice);
	uint64_t low = env->dice->next(env->dice);
	high = (high & ~(UINT64_C(0xf) << 12)) | UINT64_C(4) << 12;
	low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
	snprintf(out, UUID_SIZE, "%08llx-%04llx-%04llx-%04llx-%012llx", (unsigned long long)(high >> 32),
		(unsigned long long)(high >> 16 & 0xffff), (unsigned long long)(high & 0xffff),
		(unsigned long long)(low >> 48), (unsigned long long)(low & 0xffffffffffff));
	return out;
}

bool uuid_is_valid(const char *text)
{
	if (strlen(text) != UUID_SIZE - 1)
		return false;
	for (size_t i = 0; i < UUID_SIZE - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}
