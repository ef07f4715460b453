// scores.sqlite: the columns of scores.csv as a database, made in memory.
#include <fmt/format.h>
#include <sqlite3.h>

#include <memory>

#include "bench/core/error.h"
#include "leaderboard/pages/downloads.h"

namespace dfkd::site {
namespace {

class Database {
 public:
  Database() {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open(":memory:", &opened);
    database_.reset(opened);
    Require(code);
  }

  sqlite3* get() const { return database_.get(); }
  void Require(int code) const {
    if (code != SQLITE_OK && code != SQLITE_DONE)
      throw MakeError("scores.sqlite: {}", sqlite3_errmsg(database_.get()));
  }
  void Run(const std::string& sql) const {
    Require(sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr));
  }
  std::string Bytes() const {
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, void (*)(void*)> bytes(
        sqlite3_serialize(database_.get(), "main", &size, 0), sqlite3_free);
    if (!bytes) throw MakeError("scores.sqlite: out of memory");
    return {reinterpret_cast<const char*>(bytes.get()), static_cast<size_t>(size)};
  }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
  };
  std::unique_ptr<sqlite3, Close> database_;
};

// Adds rows to a table of so many columns.
class RowWriter {
 public:
  RowWriter(const Database& database, const std::string& table, size_t columns)
      : database_(database) {
    std::string places;
    for (size_t i = 0; i < columns; ++i) places += i == 0 ? "?" : ",?";
    const auto sql = fmt::format("INSERT INTO {} VALUES ({})", table, places);
    sqlite3_stmt* made = nullptr;
    database.Require(sqlite3_prepare_v2(database.get(), sql.c_str(), -1, &made, nullptr));
    statement_.reset(made);
  }

  void Add(const std::vector<Json>& row) {
    for (size_t i = 0; i < row.size(); ++i)
      database_.Require(Bind(static_cast<int>(i) + 1, row[i]));
    database_.Require(sqlite3_step(statement_.get()));
    database_.Require(sqlite3_reset(statement_.get()));
  }

 private:
  // Texts outlive the step that reads them.
  int Bind(int place, const Json& value) {
    auto* statement = statement_.get();
    if (value.is_null()) return sqlite3_bind_null(statement, place);
    if (value.is_boolean()) return sqlite3_bind_int(statement, place, value.get<bool>());
    if (value.is_number_integer()) return sqlite3_bind_int64(statement, place, value);
    if (value.is_number()) return sqlite3_bind_double(statement, place, value);
    const auto& text = value.get_ref<const std::string&>();
    return sqlite3_bind_text(statement, place, text.data(), static_cast<int>(text.size()),
                             SQLITE_STATIC);
  }

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  const Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

const char* SqlType(const CsvColumn& column) {
  constexpr const char* kNames[] = {"TEXT", "INTEGER", "REAL", "INTEGER"};
  return kNames[static_cast<size_t>(TypeOf(column))];
}

void AddDictionary(const Database& database, const std::vector<CsvColumn>& columns) {
  database.Run("CREATE TABLE dictionary (name TEXT, unit TEXT, meaning TEXT)");
  RowWriter rows(database, "dictionary", 3);
  for (const auto& column : columns) rows.Add({column.name, column.unit, column.meaning});
}

void AddScores(const Database& database, const std::vector<CsvColumn>& columns,
               const std::vector<Board>& boards) {
  std::string declared;
  for (const auto& column : columns)
    declared +=
        fmt::format("{}\"{}\" {}", declared.empty() ? "" : ", ", column.name, SqlType(column));
  database.Run("CREATE TABLE scores (" + declared + ")");
  RowWriter rows(database, "scores", columns.size());
  ForEachCsvRow(columns, boards, [&](const std::vector<Json>& row) { rows.Add(row); });
}

}  // namespace

std::string ScoresSqlite(const std::vector<Board>& boards) {
  const auto columns = CsvColumns(boards);
  const Database database;
  database.Run("BEGIN");
  AddDictionary(database, columns);
  AddScores(database, columns, boards);
  database.Run("COMMIT");
  return database.Bytes();
}

}  // namespace dfkd::site
