#include "engine/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/*
 * The locale is never asked: what a terminal shows must not depend on how the machine that stores the
 * files is set up, and wcwidth() knows nothing in the C locale.
 *
 * The two tables come from the Unicode Character Database 15.0. `wide` holds East_Asian_Width W and F
 * (emoji among them, and the blocks that EastAsianWidth.txt reserves for ideographs). `combining` holds
 * the general categories Mn, Me and Cf, and the Hangul vowels and finals that join the syllable before
 * them; not the soft hyphen and the prepended marks (U+0600 …), which are Cf but take a column. Code
 * points that were unassigned inside a range stay in it, which keeps the tables small.
 */
struct range {
	uint32_t first, last;
};

/* clang-format off */
static const struct range combining[] = {
	{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x05BF, 0x05BF}, {0x05C1, 0x05C2},
	{0x05C4, 0x05C5}, {0x05C7, 0x05C7}, {0x0610, 0x061A}, {0x061C, 0x061C}, {0x064B, 0x065F},
	{0x0670, 0x0670}, {0x06D6, 0x06DC}, {0x06DF, 0x06E4}, {0x06E7, 0x06E8}, {0x06EA, 0x06ED},
	{0x0711, 0x0711}, {0x0730, 0x074A}, {0x07A6, 0x07B0}, {0x07EB, 0x07F3}, {0x07FD, 0x07FD},
	{0x0816, 0x0819}, {0x081B, 0x0823}, {0x0825, 0x0827}, {0x0829, 0x082D}, {0x0859, 0x085B},
	{0x0898, 0x089F}, {0x08CA, 0x08E1}, {0x08E3, 0x0902}, {0x093A, 0x093A}, {0x093C, 0x093C},
	{0x0941, 0x0948}, {0x094D, 0x094D}, {0x0951, 0x0957}, {0x0962, 0x0963}, {0x0981, 0x0981},
	{0x09BC, 0x09BC}, {0x09C1, 0x09C4}, {0x09CD, 0x09CD}, {0x09E2, 0x09E3}, {0x09FE, 0x0A02},
	{0x0A3C, 0x0A3C}, {0x0A41, 0x0A51}, {0x0A70, 0x0A71}, {0x0A75, 0x0A75}, {0x0A81, 0x0A82},
	{0x0ABC, 0x0ABC}, {0x0AC1, 0x0AC8}, {0x0ACD, 0x0ACD}, {0x0AE2, 0x0AE3}, {0x0AFA, 0x0B01},
	{0x0B3C, 0x0B3C}, {0x0B3F, 0x0B3F}, {0x0B41, 0x0B44}, {0x0B4D, 0x0B56}, {0x0B62, 0x0B63},
	{0x0B82, 0x0B82}, {0x0BC0, 0x0BC0}, {0x0BCD, 0x0BCD}, {0x0C00, 0x0C00}, {0x0C04, 0x0C04},
	{0x0C3C, 0x0C3C}, {0x0C3E, 0x0C40}, {0x0C46, 0x0C56}, {0x0C62, 0x0C63}, {0x0C81, 0x0C81},
	{0x0CBC, 0x0CBC}, {0x0CBF, 0x0CBF}, {0x0CC6, 0x0CC6}, {0x0CCC, 0x0CCD}, {0x0CE2, 0x0CE3},
	{0x0D00, 0x0D01}, {0x0D3B, 0x0D3C}, {0x0D41, 0x0D44}, {0x0D4D, 0x0D4D}, {0x0D62, 0x0D63},
	{0x0D81, 0x0D81}, {0x0DCA, 0x0DCA}, {0x0DD2, 0x0DD6}, {0x0E31, 0x0E31}, {0x0E34, 0x0E3A},
	{0x0E47, 0x0E4E}, {0x0EB1, 0x0EB1}, {0x0EB4, 0x0EBC}, {0x0EC8, 0x0ECE}, {0x0F18, 0x0F19},
	{0x0F35, 0x0F35}, {0x0F37, 0x0F37}, {0x0F39, 0x0F39}, {0x0F71, 0x0F7E}, {0x0F80, 0x0F84},
	{0x0F86, 0x0F87}, {0x0F8D, 0x0FBC}, {0x0FC6, 0x0FC6}, {0x102D, 0x1030}, {0x1032, 0x1037},
	{0x1039, 0x103A}, {0x103D, 0x103E}, {0x1058, 0x1059}, {0x105E, 0x1060}, {0x1071, 0x1074},
	{0x1082, 0x1082}, {0x1085, 0x1086}, {0x108D, 0x108D}, {0x109D, 0x109D}, {0x1160, 0x11FF},
	{0x135D, 0x135F}, {0x1712, 0x1714}, {0x1732, 0x1733}, {0x1752, 0x1753}, {0x1772, 0x1773},
	{0x17B4, 0x17B5}, {0x17B7, 0x17BD}, {0x17C6, 0x17C6}, {0x17C9, 0x17D3}, {0x17DD, 0x17DD},
	{0x180B, 0x180F}, {0x1885, 0x1886}, {0x18A9, 0x18A9}, {0x1920, 0x1922}, {0x1927, 0x1928},
	{0x1932, 0x1932}, {0x1939, 0x193B}, {0x1A17, 0x1A18}, {0x1A1B, 0x1A1B}, {0x1A56, 0x1A56},
	{0x1A58, 0x1A60}, {0x1A62, 0x1A62}, {0x1A65, 0x1A6C}, {0x1A73, 0x1A7F}, {0x1AB0, 0x1B03},
	{0x1B34, 0x1B34}, {0x1B36, 0x1B3A}, {0x1B3C, 0x1B3C}, {0x1B42, 0x1B42}, {0x1B6B, 0x1B73},
	{0x1B80, 0x1B81}, {0x1BA2, 0x1BA5}, {0x1BA8, 0x1BA9}, {0x1BAB, 0x1BAD}, {0x1BE6, 0x1BE6},
	{0x1BE8, 0x1BE9}, {0x1BED, 0x1BED}, {0x1BEF, 0x1BF1}, {0x1C2C, 0x1C33}, {0x1C36, 0x1C37},
	{0x1CD0, 0x1CD2}, {0x1CD4, 0x1CE0}, {0x1CE2, 0x1CE8}, {0x1CED, 0x1CED}, {0x1CF4, 0x1CF4},
	{0x1CF8, 0x1CF9}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F},
	{0x20D0, 0x20F0}, {0x2CEF, 0x2CF1}, {0x2D7F, 0x2D7F}, {0x2DE0, 0x2DFF}, {0x302A, 0x302D},
	{0x3099, 0x309A}, {0xA66F, 0xA672}, {0xA674, 0xA67D}, {0xA69E, 0xA69F}, {0xA6F0, 0xA6F1},
	{0xA802, 0xA802}, {0xA806, 0xA806}, {0xA80B, 0xA80B}, {0xA825, 0xA826}, {0xA82C, 0xA82C},
	{0xA8C4, 0xA8C5}, {0xA8E0, 0xA8F1}, {0xA8FF, 0xA8FF}, {0xA926, 0xA92D}, {0xA947, 0xA951},
	{0xA980, 0xA982}, {0xA9B3, 0xA9B3}, {0xA9B6, 0xA9B9}, {0xA9BC, 0xA9BD}, {0xA9E5, 0xA9E5},
	{0xAA29, 0xAA2E}, {0xAA31, 0xAA32}, {0xAA35, 0xAA36}, {0xAA43, 0xAA43}, {0xAA4C, 0xAA4C},
	{0xAA7C, 0xAA7C}, {0xAAB0, 0xAAB0}, {0xAAB2, 0xAAB4}, {0xAAB7, 0xAAB8}, {0xAABE, 0xAABF},
	{0xAAC1, 0xAAC1}, {0xAAEC, 0xAAED}, {0xAAF6, 0xAAF6}, {0xABE5, 0xABE5}, {0xABE8, 0xABE8},
	{0xABED, 0xABED}, {0xD7B0, 0xD7FB}, {0xFB1E, 0xFB1E}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
	{0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0x101FD, 0x101FD}, {0x102E0, 0x102E0}, {0x10376, 0x1037A},
	{0x10A01, 0x10A0F}, {0x10A38, 0x10A3F}, {0x10AE5, 0x10AE6}, {0x10D24, 0x10D27}, {0x10EAB, 0x10EAC},
	{0x10EFD, 0x10EFF}, {0x10F46, 0x10F50}, {0x10F82, 0x10F85}, {0x11001, 0x11001}, {0x11038, 0x11046},
	{0x11070, 0x11070}, {0x11073, 0x11074}, {0x1107F, 0x11081}, {0x110B3, 0x110B6}, {0x110B9, 0x110BA},
	{0x110C2, 0x110C2}, {0x11100, 0x11102}, {0x11127, 0x1112B}, {0x1112D, 0x11134}, {0x11173, 0x11173},
	{0x11180, 0x11181}, {0x111B6, 0x111BE}, {0x111C9, 0x111CC}, {0x111CF, 0x111CF}, {0x1122F, 0x11231},
	{0x11234, 0x11234}, {0x11236, 0x11237}, {0x1123E, 0x1123E}, {0x11241, 0x11241}, {0x112DF, 0x112DF},
	{0x112E3, 0x112EA}, {0x11300, 0x11301}, {0x1133B, 0x1133C}, {0x11340, 0x11340}, {0x11366, 0x11374},
	{0x11438, 0x1143F}, {0x11442, 0x11444}, {0x11446, 0x11446}, {0x1145E, 0x1145E}, {0x114B3, 0x114B8},
	{0x114BA, 0x114BA}, {0x114BF, 0x114C0}, {0x114C2, 0x114C3}, {0x115B2, 0x115B5}, {0x115BC, 0x115BD},
	{0x115BF, 0x115C0}, {0x115DC, 0x115DD}, {0x11633, 0x1163A}, {0x1163D, 0x1163D}, {0x1163F, 0x11640},
	{0x116AB, 0x116AB}, {0x116AD, 0x116AD}, {0x116B0, 0x116B5}, {0x116B7, 0x116B7}, {0x1171D, 0x1171F},
	{0x11722, 0x11725}, {0x11727, 0x1172B}, {0x1182F, 0x11837}, {0x11839, 0x1183A}, {0x1193B, 0x1193C},
	{0x1193E, 0x1193E}, {0x11943, 0x11943}, {0x119D4, 0x119DB}, {0x119E0, 0x119E0}, {0x11A01, 0x11A0A},
	{0x11A33, 0x11A38}, {0x11A3B, 0x11A3E}, {0x11A47, 0x11A47}, {0x11A51, 0x11A56}, {0x11A59, 0x11A5B},
	{0x11A8A, 0x11A96}, {0x11A98, 0x11A99}, {0x11C30, 0x11C3D}, {0x11C3F, 0x11C3F}, {0x11C92, 0x11CA7},
	{0x11CAA, 0x11CB0}, {0x11CB2, 0x11CB3}, {0x11CB5, 0x11CB6}, {0x11D31, 0x11D45}, {0x11D47, 0x11D47},
	{0x11D90, 0x11D91}, {0x11D95, 0x11D95}, {0x11D97, 0x11D97}, {0x11EF3, 0x11EF4}, {0x11F00, 0x11F01},
	{0x11F36, 0x11F3A}, {0x11F40, 0x11F40}, {0x11F42, 0x11F42}, {0x13430, 0x13440}, {0x13447, 0x13455},
	{0x16AF0, 0x16AF4}, {0x16B30, 0x16B36}, {0x16F4F, 0x16F4F}, {0x16F8F, 0x16F92}, {0x16FE4, 0x16FE4},
	{0x1BC9D, 0x1BC9E}, {0x1BCA0, 0x1BCA3}, {0x1CF00, 0x1CF46}, {0x1D167, 0x1D169}, {0x1D173, 0x1D182},
	{0x1D185, 0x1D18B}, {0x1D1AA, 0x1D1AD}, {0x1D242, 0x1D244}, {0x1DA00, 0x1DA36}, {0x1DA3B, 0x1DA6C},
	{0x1DA75, 0x1DA75}, {0x1DA84, 0x1DA84}, {0x1DA9B, 0x1DAAF}, {0x1E000, 0x1E02A}, {0x1E08F, 0x1E08F},
	{0x1E130, 0x1E136}, {0x1E2AE, 0x1E2AE}, {0x1E2EC, 0x1E2EF}, {0x1E4EC, 0x1E4EF}, {0x1E8D0, 0x1E8D6},
	{0x1E944, 0x1E94A}, {0xE0001, 0xE007F}, {0xE0100, 0xE01EF},
};

static const struct range wide[] = {
	{0x1100, 0x115F}, {0x231A, 0x231B}, {0x2329, 0x232A}, {0x23E9, 0x23EC}, {0x23F0, 0x23F0},
	{0x23F3, 0x23F3}, {0x25FD, 0x25FE}, {0x2614, 0x2615}, {0x2648, 0x2653}, {0x267F, 0x267F},
	{0x2693, 0x2693}, {0x26A1, 0x26A1}, {0x26AA, 0x26AB}, {0x26BD, 0x26BE}, {0x26C4, 0x26C5},
	{0x26CE, 0x26CE}, {0x26D4, 0x26D4}, {0x26EA, 0x26EA}, {0x26F2, 0x26F3}, {0x26F5, 0x26F5},
	{0x26FA, 0x26FA}, {0x26FD, 0x26FD}, {0x2705, 0x2705}, {0x270A, 0x270B}, {0x2728, 0x2728},
	{0x274C, 0x274C}, {0x274E, 0x274E}, {0x2753, 0x2755}, {0x2757, 0x2757}, {0x2795, 0x2797},
	{0x27B0, 0x27B0}, {0x27BF, 0x27BF}, {0x2B1B, 0x2B1C}, {0x2B50, 0x2B50}, {0x2B55, 0x2B55},
	{0x2E80, 0x3029}, {0x302E, 0x303E}, {0x3041, 0x3096}, {0x309B, 0x3247}, {0x3250, 0x4DBF},
	{0x4E00, 0xA4C6}, {0xA960, 0xA97C}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0xFE10, 0xFE19},
	{0xFE30, 0xFE6B}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6}, {0x16FE0, 0x16FE3}, {0x16FF0, 0x18D08},
	{0x1AFF0, 0x1B2FB}, {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A},
	{0x1F200, 0x1F265}, {0x1F300, 0x1F320}, {0x1F32D, 0x1F335}, {0x1F337, 0x1F37C}, {0x1F37E, 0x1F393},
	{0x1F3A0, 0x1F3CA}, {0x1F3CF, 0x1F3D3}, {0x1F3E0, 0x1F3F0}, {0x1F3F4, 0x1F3F4}, {0x1F3F8, 0x1F43E},
	{0x1F440, 0x1F440}, {0x1F442, 0x1F4FC}, {0x1F4FF, 0x1F53D}, {0x1F54B, 0x1F54E}, {0x1F550, 0x1F567},
	{0x1F57A, 0x1F57A}, {0x1F595, 0x1F596}, {0x1F5A4, 0x1F5A4}, {0x1F5FB, 0x1F64F}, {0x1F680, 0x1F6C5},
	{0x1F6CC, 0x1F6CC}, {0x1F6D0, 0x1F6D2}, {0x1F6D5, 0x1F6DF}, {0x1F6EB, 0x1F6EC}, {0x1F6F4, 0x1F6FC},
	{0x1F7E0, 0x1F7F0}, {0x1F90C, 0x1F93A}, {0x1F93C, 0x1F945}, {0x1F947, 0x1F9FF}, {0x1FA70, 0x1FAF8},
	{0x20000, 0x3FFFD},
};
/* clang-format on */

/* The ranges are in order and do not touch. */
static bool range_has(const struct range *ranges, size_t count, uint32_t code_point)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (code_point > ranges[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && ranges[low].first <= code_point;
}

int text_width(uint32_t code_point)
{
	if (code_point < combining[0].first)
		return 1;
	if (range_has(combining, sizeof(combining) / sizeof(combining[0]), code_point))
		return 0;
	return range_has(wide, sizeof(wide) / sizeof(wide[0]), code_point) ? 2 : 1;
}

size_t text_decode(const char *text, size_t length, uint32_t *code_point)
{
	const unsigned char *bytes = (const unsigned char *)text;
	assert(length > 0);
	if (bytes[0] < 0x80) {
		*code_point = bytes[0];
		return 1;
	}
	size_t need;
	uint32_t value, least;
	if (bytes[0] >= 0xC2 && bytes[0] <= 0xDF) {
		need = 2, value = bytes[0] & 0x1F, least = 0x80;
	} else if ((bytes[0] & 0xF0) == 0xE0) {
		need = 3, value = bytes[0] & 0x0F, least = 0x800;
	} else if (bytes[0] >= 0xF0 && bytes[0] <= 0xF4) {
		need = 4, value = bytes[0] & 0x07, least = 0x10000;
	} else {
		return 0;
	}
	if (length < need)
		return 0;
	for (size_t i = 1; i < need; i++) {
		if ((bytes[i] & 0xC0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3F);
	}
	if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
		return 0;
	*code_point = value;
	return need;
}

bool text_is_utf8(const char *text, size_t length)
{
	uint32_t code_point;
	for (size_t at = 0; at < length;) {
		size_t step = text_decode(text + at, length - at, &code_point);
		if (step == 0)
			return false;
		at += step;
	}
	return true;
}

/* Whether a character above ASCII may drive the terminal or reorder what stands around it. */
static bool is_unsafe(uint32_t code_point)
{
	return (code_point >= 0x80 && code_point <= 0x9F) || code_point == 0x061C ||
	       (code_point >= 0x200E && code_point <= 0x200F) ||
	       (code_point >= 0x2028 && code_point <= 0x202E) ||
	       (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0xFEFF;
}

size_t text_escape(char *out, size_t size, const char *text, size_t length, bool double_backslash)
{
	size_t written = 0;
	for (size_t at = 0; at < length && size > 0;) {
		char piece[16];
		size_t piece_length;
		uint32_t code_point = 0;
		size_t step = text_decode(text + at, length - at, &code_point);
		if (step == 0) {
			step = 1;
			piece_length =
				(size_t)snprintf(piece, sizeof(piece), "\\x%02X", (unsigned char)text[at]);
		} else if (code_point == '\n' || code_point == '\t') {
			memcpy(piece, code_point == '\n' ? "\\n" : "\\t", 2);
			piece_length = 2;
		} else if (code_point == '\\' && double_backslash) {
			memcpy(piece, "\\\\", 2);
			piece_length = 2;
		} else if (code_point < 0x20 || code_point == 0x7F) {
			piece_length =
				(size_t)snprintf(piece, sizeof(piece), "\\x%02X", (unsigned)code_point);
		} else if (is_unsafe(code_point)) {
			piece_length =
				(size_t)snprintf(piece, sizeof(piece), "\\u{%04X}", (unsigned)code_point);
		} else {
			memcpy(piece, text + at, step);
			piece_length = step;
		}
		if (piece_length >= size - written)
			break;
		memcpy(out + written, piece, piece_length);
		written += piece_length;
		at += step;
	}
	if (size > 0)
		out[written] = '\0';
	return written;
}

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool text_from_hex(const char *hex, uint8_t *out, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		int high = hex_value(hex[2 * i]), low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);
		if (low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

char *text_bytes(char *out, size_t size, uint64_t bytes)
{
	static const char units[][4] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	if (bytes < 1024) {
		snprintf(out, size, "%u B", (unsigned)bytes);
		return out;
	}
	for (unsigned unit = 0;; unit++) {
		unsigned shift = 10 * (unit + 1);
		uint64_t one = UINT64_C(1) << shift;
		uint64_t whole = bytes >> shift;
		uint64_t tenths = ((bytes & (one - 1)) * 10 + one / 2) >> shift;
		/* Rounding up may reach the next whole number, and with it the next unit. */
		whole += tenths / 10;
		tenths %= 10;
		if (whole < 1024 || unit + 1 == sizeof(units) / sizeof(units[0])) {
			snprintf(out, size, "%u.%u %s", (unsigned)whole, (unsigned)tenths, units[unit]);
			return out;
		}
	}
}

char *text_duration(char *out, size_t size, int64_t milliseconds)
{
	static const struct {
		uint64_t milliseconds;
		char name[4];
	} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
	const char *sign = milliseconds < 0 ? "-" : "";
	uint64_t amount = milliseconds < 0 ? -(uint64_t)milliseconds : (uint64_t)milliseconds;
	size_t unit = 0;
	while (units[unit].milliseconds > 1 && amount < units[unit].milliseconds)
		unit++;
	unsigned long long first = amount / units[unit].milliseconds, second = 0;
	if (units[unit].milliseconds > 1000)
		second = amount % units[unit].milliseconds / units[unit + 1].milliseconds;
	if (second > 0)
		snprintf(out, size, "%s%llu %s %llu %s", sign, first, units[unit].name, second,
			units[unit + 1].name);
	else
		snprintf(out, size, "%s%llu %s", sign, first, units[unit].name);
	return out;
}

char *text_time(char *out, size_t size, int64_t milliseconds)
{
	/* RFC 3339 has four digits for the year: what lies outside shows the nearest second it can name. */
	const int64_t first = INT64_C(-62167219200), last = INT64_C(253402300799);
	int64_t seconds = milliseconds / 1000 - (milliseconds % 1000 < 0);
	if (seconds < first)
		seconds = first;
	if (seconds > last)
		seconds = last;

	/* Days since the first of March of year 0, so that the leap day ends a year and months repeat evenly. */
	unsigned in_day = (unsigned)((seconds - first) % 86400);
	int64_t days = (seconds - first) / 86400 - 60;
	unsigned year = 0, month = 1, day = 1;
	if (days < 0) {
		month = days < -29 ? 1 : 2;
		day = (unsigned)(days + (month == 1 ? 60 : 29)) + 1;
	} else {
		unsigned in_era = (unsigned)(days % 146097);
		unsigned in_era_year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
		unsigned in_year = in_era - (365 * in_era_year + in_era_year / 4 - in_era_year / 100);
		unsigned march_month = (5 * in_year + 2) / 153;
		year = (unsigned)(days / 146097) * 400 + in_era_year + (march_month >= 10);
		month = march_month < 10 ? march_month + 3 : march_month - 9;
		day = in_year - (153 * march_month + 2) / 5 + 1;
	}
	snprintf(out, size, "%04u-%02u-%02uT%02u:%02u:%02uZ", year, month, day, in_day / 3600,
		in_day / 60 % 60, in_day % 60);
	return out;
}

/* Reads decimal digits at `*text` and moves it behind them. -1 when there is none or they overflow. */
static int parse_digits(const char **text, uint64_t *value)
{
	const char *at = *text;
	if (*at < '0' || *at > '9')
		return -1;
	*value = 0;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(*value, 10, value) ||
			__builtin_add_overflow(*value, (uint64_t)(*at - '0'), value))
			return -1;
	}
	*text = at;
	return 0;
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/*
 * Reads the digits after a decimal point as a number of bytes of a unit of 2^shift. A fraction of k
 * decimals, the last not 0, is whole in that unit only if 5^k divides its digits and k <= shift; what
 * remains is then a plain shift, without rounding.
 */
static int parse_fraction(const char **text, unsigned shift, uint64_t *bytes)
{
	char digits[20] = {0}; /* 19 digits fit into 64 bits; more decimals than that are refused */
	size_t length = strspn(*text, "0123456789"), kept = length;
	if (length == 0)
		return -1;
	while (kept > 0 && (*text)[kept - 1] == '0')
		kept--;
	if (kept > shift || kept >= sizeof(digits))
		return -1;
	memcpy(digits, *text, kept);
	*text += length;
	*bytes = 0;
	if (kept == 0)
		return 0;
	const char *at = digits;
	if (parse_digits(&at, bytes))
		return -1;
	for (size_t i = 0; i < kept; i++) {
		if (*bytes % 5 != 0)
			return -1;
		*bytes /= 5;
	}
	*bytes <<= shift - kept;
	assert(*bytes < UINT64_C(1) << shift);
	return 0;
}

/* The power of two that a unit stands for; -1 for what is no unit. */
static int parse_unit(const char *unit)
{
	static const char names[][4] = {"B", "KiB", "MiB", "GiB", "TiB"};
	if (*unit == '\0')
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(unit, names[i]) == 0)
			return (int)(10 * i);
	return -1;
}

int text_parse_bytes(const char *text, uint64_t *bytes)
{
	uint64_t whole, part = 0;
	const char *at = text;
	if (parse_digits(&at, &whole))
		return -1;
	/* The unit decides what a decimal is worth, so it is looked at first. */
	const char *fraction = *at == '.' ? at + 1 : NULL;
	const char *blanks = fraction ? fraction + strspn(fraction, "0123456789") : at;
	const char *unit = skip_blanks(blanks);
	int shift = *unit == '\0' && unit != blanks ? -1 : parse_unit(unit);
	if (shift < 0 || (fraction && parse_fraction(&fraction, (unsigned)shift, &part)))
		return -1;
	uint64_t total;
	if (__builtin_mul_overflow(whole, UINT64_C(1) << shift, &total) ||
		__builtin_add_overflow(total, part, &total))
		return -1;
	*bytes = total;
	return 0;
}

int text_parse_duration(const char *text, int64_t *milliseconds)
{
	static const struct {
		char name[4];
		uint64_t milliseconds;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	uint64_t amount;
	if (strcmp(text, "0") == 0) {
		*milliseconds = 0;
		return 0;
	}
	if (parse_digits(&text, &amount))
		return -1;
	text = skip_blanks(text);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow(amount, units[i].milliseconds, &amount) || amount > INT64_MAX)
			return -1;
		*milliseconds = (int64_t)amount;
		return 0;
	}
	return -1;
}
