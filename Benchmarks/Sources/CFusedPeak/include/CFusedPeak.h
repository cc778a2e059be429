#ifndef CFUSEDPEAK_H
#define CFUSEDPEAK_H
#include <stddef.h>
// Multiplies and adds in registers with the widest vectors of this machine, in as many independent
// chains as its units can hold: the most that any kernel of binary32 could do. Returns a sum of the
// chains; `operations` is how many multiplications and additions that was.
float multiply_and_add(size_t rounds, size_t *operations);
#endif
