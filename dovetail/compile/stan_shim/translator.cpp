// The program around the translator that StanHeaders 2.21 ships:
//   stan-translator PROGRAM GENERATED NAME SHOWN
// writes the C++ of PROGRAM to GENERATED, as a class NAME; messages call the program SHOWN.
#include <exception>
#include <fstream>
#include <iostream>
#include <stan/lang/compiler.hpp>

int main(int count, char** words) {
  if (count != 5) return 2;
  try {
    std::ifstream program(words[1]);
    std::ofstream generated(words[2]);
    const bool translated = stan::lang::compile(&std::cerr, program, generated, words[3], false, words[4]);
    generated.close();
    return translated && generated ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
