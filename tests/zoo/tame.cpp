// The good model that the others would be.
#include "animal.hpp"

struct Tame : zoo::Animal {};
ZOO(Tame);
