/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernels of nf_integer.h in plain C.
 */
#define KERNELS nfi_integer_portable
#define FN static
#include "nf_integer_body.h"
