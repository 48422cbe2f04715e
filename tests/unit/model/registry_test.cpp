// Reading `builtin:NAME[,key=value...]`: what is accepted, and what the refusals say.
#include "dovetail/model/registry.hpp"

#include <gtest/gtest.h>

#include "dovetail/core/error.hpp"
#include "dovetail/core/nearest.hpp"

namespace dovetail {
namespace {

/// The message of the UsageError that `spec` meets, or "accepted".
std::string refusal(const std::string& spec) {
  try {
    (void)make_model(spec);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ModelRegistry, ReadsSettingsInAnyOrder) {
  EXPECT_EQ(make_model("builtin:mvn,d=7")->dimension(), 7U);
  EXPECT_EQ(make_model("builtin:ising,beta=0.2,L=5")->dimension(), 25U);
  EXPECT_EQ(make_model("builtin:ising,L=5,beta=0.2")->description().name, "builtin:ising,L=5,beta=0.2");
  EXPECT_EQ(make_model("builtin:galaxies")->dimension(), 8U);
}

TEST(ModelRegistry, GivesEqualModelsOneIdentityAndKeepsTheNameAsGiven) {
  const std::vector<std::vector<std::string>> spellings = {
      {"builtin:unid", "builtin:unid,n=100", "builtin:unid,y=50,n=1e2", "builtin:unid,n=0100,y=50.0"},
      {"builtin:unid,n=100000", "builtin:unid,n=1e5", "builtin:unid,n=1e+05,y=5e1"},
      {"builtin:ising,L=4,beta=0", "builtin:ising,beta=-0,L=4", "builtin:ising,beta=0.0,L=4"},
      {"builtin:galaxies", "builtin:galaxies,k=3"},
      {"builtin:galaxies,k=2"}};
  for (const auto& same : spellings) {
    for (const std::string& spec : same) {
      EXPECT_EQ(make_model(spec)->description().identity, make_model(same.front())->description().identity) << spec;
      EXPECT_EQ(make_model(spec)->description().name, spec);
    }
  }
  EXPECT_EQ(make_model("builtin:unid,n=1e5")->description().identity, "builtin:unid,n=1e+05");
  EXPECT_EQ(make_model("builtin:galaxies,k=3")->description().identity, "builtin:galaxies");
  for (const char* spec :
       {"builtin:unid,", "builtin:unid,,n=3", "builtin:unid,n=3,", "builtin:unid, n=3", "builtin:unid,n =3",
        "builtin:unid,n= 3", "builtin:unid,n=3 ", " builtin:unid", "builtin:unid "}) {
    EXPECT_NE(refusal(spec), "accepted") << spec;
  }
}

TEST(ModelRegistry, ReadsSwitchesAndBothSpellings) {
  const auto first_coordinate = [](const char* spec) { return make_model(spec)->description().coordinates[0].name; };
  for (const char* spec : {"builtin:eight_schools,centered=true", "builtin:eight_schools,centred=1"}) {
    EXPECT_EQ(first_coordinate(spec), "theta[1]") << spec;
  }
  for (const char* spec : {"builtin:eight_schools,centered=false", "builtin:eight_schools"}) {
    EXPECT_EQ(first_coordinate(spec), "theta.1") << spec;
  }
  EXPECT_EQ(make_model("builtin:funnel,centered=false")->description().coordinates[9].name, "x.9");
  EXPECT_EQ(make_model("builtin:funnel,centered=true")->description().coordinates[9].name, "x[9]");
  EXPECT_NE(refusal("builtin:funnel,centred=1,centered=0").find("given twice"), std::string::npos);
  EXPECT_NE(refusal("builtin:funnel,centred=yes").find("for example"), std::string::npos);
  EXPECT_NE(refusal("builtin:mvn,d=true").find("for example"), std::string::npos);
  EXPECT_NE(refusal("builtin:mvn,=3").find("no setting"), std::string::npos);
}

TEST(ModelRegistry, NamesTheNearestModel) {
  EXPECT_NE(refusal("builtin:galaxy").find("did you mean galaxies?"), std::string::npos);
  EXPECT_NE(refusal("builtin:eigth_schools").find("did you mean eight_schools?"), std::string::npos);
  EXPECT_NE(refusal("builtin:").find("built in: mvn, unid"), std::string::npos);
  EXPECT_EQ(refusal("builtin:zzzzzzzz").find("did you mean"), std::string::npos);
}

TEST(ModelRegistry, NamesTheNearestSetting) {
  EXPECT_NE(refusal("builtin:eight_schools,centerd=1").find("did you mean centred?"), std::string::npos);
  EXPECT_NE(refusal("builtin:ising,l=4").find("has: L, beta"), std::string::npos);
  EXPECT_NE(refusal("builtin:banana,d=2").find("it has none"), std::string::npos);
}

TEST(ModelRegistry, RefusesValuesThatDoNotFit) {
  for (const char* spec :
       {"builtin:mvn,d=0", "builtin:mvn,d=2.5", "builtin:mvn,d=two", "builtin:mvn,d=", "builtin:mvn,d=3x",
        "builtin:mvn,d=nan", "builtin:mvn,d=inf", "builtin:mvn,d=1e9", "builtin:galaxies,k=11", "builtin:galaxies,k=0",
        "builtin:ising,L=2", "builtin:ising,beta=-1", "builtin:modes,sd=0"}) {
    EXPECT_NE(refusal(spec).find("for example"), std::string::npos) << spec << ": " << refusal(spec);
  }
  EXPECT_NE(refusal("builtin:mvn,d").find("has no value"), std::string::npos);
  EXPECT_NE(refusal("builtin:mvn,d=2,d=3").find("given twice"), std::string::npos);
  EXPECT_THROW((void)make_model("builtin:unid,n=10,y=11"), ModelError);
}

TEST(ModelRegistry, SaysWhatToWriteWithoutThePrefix) {
  EXPECT_NE(refusal("mvn,d=3").find("write builtin:mvn,d=3"), std::string::npos);
  EXPECT_NE(refusal("model.stan").find("is no model that this version can run"), std::string::npos);
  EXPECT_NE(refusal(""), "accepted");
}

TEST(NearestName, CountsEditsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("hte", "the"), 1U);
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);  // optimal string alignment, not unrestricted Damerau (2)
}

TEST(NearestName, TakesTheFirstOnTiesAndNothingFar) {
  const std::string names[] = {"cat", "bat", "elephant"};
  EXPECT_EQ(nearest_name("hat", names), "cat");
  EXPECT_EQ(nearest_name("elefant", names), "elephant");
  EXPECT_EQ(nearest_name("zebra", names), "");
  EXPECT_EQ(suggestion("zebra", names), "");
}

}  // namespace
}  // namespace dovetail
