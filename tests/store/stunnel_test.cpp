// Encryption as docs/stores.md says: its stunnel configuration, as it stands there but for folder and address, between
// a store and a Redis that listens with TLS alone.
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dovetail/store/descriptor.hpp"
#include "dovetail/store/program.hpp"
#include "tests/store/backend.hpp"
#include "tests/store/redis_server.hpp"

namespace dovetail {
namespace {

using test::bytes;
using test::eventually;
using test::RedisServer;

/// The text with every `from`, of which there is one at least, replaced by `to`.
std::string with(std::string text, const std::string& from, const std::string& to) {
  EXPECT_NE(text.find(from), std::string::npos) << from;
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// From the line `first` of the guide to the end of its block.
std::string block_of_the_guide(const std::string& first) {
  std::ifstream page(SOURCES "/docs/stores.md");
  std::string text;
  for (std::string line; std::getline(page, line);) {
    if (text.empty() && line != first) continue;
    if (line == "```") break;
    text += line + "\n";
  }
  return text;
}

std::uint16_t free_port() {
  const detail::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  struct sockaddr_in address {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

/// Until its destructor.
class Running {
 public:
  Running(const std::vector<std::string>& words, int output)
      : process_(start_program(words, {output, output, {}, {}}).process) {}
  ~Running() {
    if (process_ <= 0) return;
    ::kill(process_, SIGTERM);
    static_cast<void>(end());
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  [[nodiscard]] int end() {
    int status = 0;
    ::waitpid(std::exchange(process_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t process_;
};

class Stunnel : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* program : {STUNNEL_PROGRAM, OPENSSL_PROGRAM}) {
      if (::access(program, X_OK) != 0) GTEST_SKIP() << program << " is not installed";
    }
    if (!test::has_redis()) GTEST_SKIP() << "redis-server is not installed";
    for (const char* name : {"ca", "other"}) certify(name, {});
    certify("server", {"-CA", in("ca.pem"), "-CAkey", in("ca.key"), "-addext", "subjectAltName=DNS:redis.example.org"});
    certify("worker", {"-CA", in("ca.pem"), "-CAkey", in("ca.key")});
    certify("stranger", {"-CA", in("other.pem"), "-CAkey", in("other.key")});
    port_ = std::to_string(free_port());
    std::vector<std::string> options{"--requirepass", "right horse"};
    std::istringstream lines(with(block_of_the_guide("port 0"), "/etc/redis/", in("")));
    for (std::string name, value; lines >> name >> value;) {
      if (name == "port") continue;  // it is 0 by then
      options.insert(options.end(), {"--" + name, name == "tls-port" ? port_ : value});
    }
    EXPECT_EQ(options.size(), 12U);
    try {
      redis_ = std::make_unique<RedisServer>(folder_ / "redis", options);
    } catch (const std::runtime_error& error) {
      GTEST_SKIP() << "this redis-server was built without TLS: " << error.what();
    }
  }

  [[nodiscard]] std::string in(const std::string& name) const { return folder_.path().string() + "/" + name; }

  /// NAME.pem and NAME.key.
  void certify(const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> words{OPENSSL_PROGRAM,
                                   "req",
                                   "-x509",
                                   "-newkey",
                                   "ec",
                                   "-pkeyopt",
                                   "ec_paramgen_curve:prime256v1",
                                   "-nodes",
                                   "-days",
                                   "2",
                                   "-subj",
                                   "/CN=" + name,
                                   "-keyout",
                                   in(name + ".key"),
                                   "-out",
                                   in(name + ".pem")};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(Running(words, log_.number()).end(), 0) << name;
  }

  /// The guide's configuration, for this Redis.
  [[nodiscard]] std::string configuration() const {
    return "foreground = yes\n" + with(with(block_of_the_guide("[dovetail]"), "/home/ada/dovetail/", in("")),
                                       "redis.example.org:6379", "127.0.0.1:" + port_);
  }
  /// What a store says that reaches Redis by this configuration; empty where all is well.
  template <class F>
  std::string through(const std::string& configuration, F&& f) {
    test::write_plainly(in("stunnel.conf"), configuration);
    const Running stunnel({STUNNEL_PROGRAM, in("stunnel.conf")}, log_.number());
    EXPECT_TRUE(eventually([&] { return ::access(in("redis.sock").c_str(), F_OK) == 0; }));
    StoreLimits limits;
    limits.patience_s = 2;
    try {
      f(*open_store("redis+unix://:right%20horse@" + in("redis.sock"), "r", limits));
    } catch (const StoreError& error) {
      return error.what();
    }
    return "";
  }

  test::TemporaryFolder folder_;
  detail::Descriptor log_ = detail::open_file(AT_FDCWD, in("log"), O_WRONLY | O_CREAT | O_EXCL, in("log"));
  std::string port_;
  std::unique_ptr<RedisServer> redis_;
};

TEST_F(Stunnel, CarriesAStoreByTheConfigurationOfTheGuide) {
  const Bytes large = bytes(std::string(3000000, 'x'));
  EXPECT_EQ(through(configuration(),
                    [&](Store& store) {
                      EXPECT_EQ(store.put_if_absent("a", large), Put::created);
                      EXPECT_EQ(store.get("a"), large);
                      const auto lease = store.claim("a", 60);
                      ASSERT_TRUE(lease);
                      EXPECT_TRUE(store.renew(*lease));
                    }),
            "");
}

TEST_F(Stunnel, TalksToNobodyElse) {
  const auto nothing = [](Store&) {};
  const std::string right = configuration();
  ASSERT_EQ(through(right, nothing), "");
  for (const std::string& wrong : {with(right, "checkHost = redis.example.org", "checkHost = other.example.org"),
                                   with(right, "ca.pem", "other.pem"),
                                   with(with(right, "worker.pem", "stranger.pem"), "worker.key", "stranger.key")}) {
    const std::string words = through(wrong, nothing);
    EXPECT_NE(words.find("out of reach"), std::string::npos) << words << "\n" << wrong;
  }
}

}  // namespace
}  // namespace dovetail
