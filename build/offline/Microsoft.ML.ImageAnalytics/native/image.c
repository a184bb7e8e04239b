/* Decodes (PNG, JPEG, BMP, GIF), encodes (PNG, JPEG) and resizes images of four bytes a pixel. Every function returns 0 for success;
   otherwise it has written what went wrong to `error`. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_ONLY_GIF
#define STBI_NO_STDIO
#include <stb_image.h>
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#include <stb_image_resize.h>

#define EXPORT __attribute__((visibility("default")))

enum format { FORMAT_PNG = 0, FORMAT_JPEG = 1 };
enum filter { FILTER_NEAREST = 0, FILTER_CUBIC = 1 };

static int fail(char *error, int error_size, const char *text)
{
    if (error != NULL && error_size > 0)
        snprintf(error, (size_t)error_size, "%s", text != NULL ? text : "unknown reason");
    return 1;
}

static int size_is_sound(int width, int height)
{
    return width > 0 && height > 0 && (int64_t)width * height <= INT_MAX / 4;
}

/* *pixels are red, green, blue, alpha; free them with mlimage_free. */
EXPORT int mlimage_decode(const uint8_t *data, int size, int *width, int *height, uint8_t **pixels, char *error, int error_size)
{
    if (data == NULL || size <= 0 || width == NULL || height == NULL || pixels == NULL)
        return fail(error, error_size, "no data");
    int channels = 0;
    *pixels = NULL;
    if (!stbi_info_from_memory(data, size, width, height, &channels))
        return fail(error, error_size, stbi_failure_reason());
    if (!size_is_sound(*width, *height))
        return fail(error, error_size, "the image is too large");
    *pixels = stbi_load_from_memory(data, size, width, height, &channels, 4);
    return *pixels != NULL ? 0 : fail(error, error_size, stbi_failure_reason());
}

struct output { uint8_t *bytes; size_t size, room; int failed; };

static void append(void *context, void *data, int size)
{
    struct output *output = context;
    if (output->failed || size <= 0)
        return;
    size_t needed = output->size + (size_t)size;
    if (needed > output->room) {
        size_t room = output->room * 2 > needed ? output->room * 2 : needed;
        uint8_t *grown = realloc(output->bytes, room);
        if (grown == NULL) {
            output->failed = 1;
            return;
        }
        output->bytes = grown;
        output->room = room;
    }
    memcpy(output->bytes + output->size, data, (size_t)size);
    output->size = needed;
}

/* pixels are red, green, blue, alpha; free *bytes with mlimage_free. */
EXPORT int mlimage_encode(const uint8_t *pixels, int width, int height, int format, int quality, uint8_t **bytes, int *size,
    char *error, int error_size)
{
    if (pixels == NULL || bytes == NULL || size == NULL || !size_is_sound(width, height))
        return fail(error, error_size, "no pixels, or an impossible size");
    struct output output = { NULL, 0, 0, 0 };
    int written;
    if (format == FORMAT_PNG)
        written = stbi_write_png_to_func(append, &output, width, height, 4, pixels, width * 4);
    else if (format == FORMAT_JPEG)
        written = stbi_write_jpg_to_func(append, &output, width, height, 4, pixels, quality);
    else
        return fail(error, error_size, "unknown format");
    if (!written || output.failed || output.size == 0 || output.size > INT_MAX) {
        free(output.bytes);
        return fail(error, error_size, output.failed ? "out of memory" : "the encoder failed");
    }
    *bytes = output.bytes;
    *size = (int)output.size;
    return 0;
}

/* Four bytes a pixel in any order, alpha last and already multiplied in. */
EXPORT int mlimage_resize(const uint8_t *source, int source_width, int source_height, uint8_t *target, int width, int height, int filter,
    char *error, int error_size)
{
    if (source == NULL || target == NULL || !size_is_sound(source_width, source_height) || !size_is_sound(width, height))
        return fail(error, error_size, "no pixels, or an impossible size");
    if (filter == FILTER_NEAREST) {
        for (int y = 0; y < height; y++) {
            const uint8_t *row = source + (size_t)((2 * (int64_t)y + 1) * source_height / (2 * (int64_t)height)) * source_width * 4;
            for (int x = 0; x < width; x++)
                memcpy(target + ((size_t)y * width + x) * 4, row + (size_t)((2 * (int64_t)x + 1) * source_width / (2 * (int64_t)width)) * 4, 4);
        }
        return 0;
    }
    int done = stbir_resize_uint8_generic(source, source_width, source_height, 0, target, width, height, 0, 4, 3,
        STBIR_FLAG_ALPHA_PREMULTIPLIED, STBIR_EDGE_CLAMP, STBIR_FILTER_CATMULLROM, STBIR_COLORSPACE_LINEAR, NULL);
    return done ? 0 : fail(error, error_size, "out of memory");
}

EXPORT void mlimage_free(uint8_t *memory)
{
    free(memory);
}
