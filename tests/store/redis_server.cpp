#include "tests/store/redis_server.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "dovetail/core/error.hpp"
#include "dovetail/store/connection.hpp"
#include "dovetail/store/resp.hpp"

namespace dovetail::test {

bool has_redis() { return ::access(REDIS_SERVER, X_OK) == 0; }

RedisServer::RedisServer(std::filesystem::path folder, std::vector<std::string> options)
    : folder_(std::move(folder)), options_(std::move(options)) {
  std::filesystem::create_directories(folder_);
  start();
}

RedisServer::~RedisServer() { kill(); }

void RedisServer::start() {
  std::vector<std::string> words = {REDIS_SERVER,     "--port", "0", "--unixsocket", socket(), "--dir",
                                    folder_.string(), "--save", "",  "--daemonize",  "no"};
  words.insert(words.end(), options_.begin(), options_.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    const int null = ::open("/dev/null", O_RDWR);
    for (int stream = 0; stream < 3; ++stream) ::dup2(null, stream);
    ::execv(REDIS_SERVER, arguments.data());
    ::_exit(127);
  }
  const auto end = detail::deadline_in(10);
  while (detail::seconds_to(end) > 0) {
    try {
      const std::string answer = ask({"PING"});
      if (answer == "PONG" || answer.starts_with("NOAUTH")) return;
    } catch (const StoreError&) {  // not there yet
    }
    ::usleep(2000);
  }
  throw std::runtime_error("redis-server does not start");
}

void RedisServer::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, -1), nullptr, 0);
  ::unlink(socket().c_str());
}

void RedisServer::pause() const { ::kill(pid_, SIGSTOP); }
void RedisServer::go_on() const { ::kill(pid_, SIGCONT); }

std::string RedisServer::ask(const std::vector<std::string>& words) const {
  const auto deadline = detail::deadline_in(10);
  auto connection = detail::Connection::to_socket(socket(), deadline);
  const auto send = [&](const std::vector<std::string>& command) {
    connection.send(resp_command(std::vector<std::string_view>(command.begin(), command.end())), deadline);
  };
  RespReader reader({1U << 20U, 1000});
  const auto answer = [&]() -> std::string {
    for (;;) {
      if (const auto reply = reader.next()) return reply->items.empty() ? reply->text : reply->items.back().text;
      reader.add(connection.receive(deadline));
    }
  };
  if (!login_.empty()) {
    send(login_);
    if (const std::string refusal = answer(); refusal != "OK") return refusal;
  }
  send(words);
  return answer();
}

}  // namespace dovetail::test
