#pragma once

/// All of Quantal's public interface.
#include "quantal/analysis.hpp"
#include "quantal/classify.hpp"
#include "quantal/convert.hpp"
#include "quantal/error.hpp"
#include "quantal/fit.hpp"
#include "quantal/game.hpp"
#include "quantal/generate.hpp"
#include "quantal/info.hpp"
#include "quantal/io.hpp"
#include "quantal/results.hpp"
#include "quantal/run.hpp"
#include "quantal/settings.hpp"
#include "quantal/solve.hpp"
