// What happens to tasks, heard over a long-poll connection of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "tools/xapi/client.hpp"

namespace vacate::xapi {

/// Waits for events of tasks until it is destroyed. The functions are called on its own thread.
class TaskEvents {
  public:
    /// A task is new or changed.
    using Changed = std::function<void(const std::string& ref, const Struct& record)>;
    /// Something may have been missed, or nothing was heard for a while: whoever waits for a task
    /// had better ask for it, by this client.
    using Missed = std::function<void(Client& client)>;

    TaskEvents(Access access, Changed changed, Missed missed);
    ~TaskEvents();
    TaskEvents(const TaskEvents&) = delete;
    TaskEvents& operator=(const TaskEvents&) = delete;

  private:
    void listen();
    /// One event.from. False: the connection is to be left alone for a moment.
    [[nodiscard]] bool hear();
    void pause();

    Client client_;
    Changed changed_;
    Missed missed_;
    std::string token_;
    std::uint64_t session_ = 0;
    int failures_ = 0;  // in a row
    std::mutex mutex_;
    std::condition_variable wakes_;
    bool stopped_ = false;
    std::thread thread_;
};

}  // namespace vacate::xapi
