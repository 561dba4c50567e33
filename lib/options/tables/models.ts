import { group, integer, text } from "../option.ts";

/** Options that choose the models and the device. */
export const MODEL_OPTIONS = group("Models", {
  child: text({
    location: true,
    help:
      "The child: the model that is trained, or that generates. A folder or a hub repository, `owner/name` or " +
      "`owner/name@revision`. Default: the starter child.",
  }),
  teacher: text({
    location: true,
    help: "Model that improves the child's turns: a folder or a hub repository, as for the child. Default: the starter teacher.",
  }),
  childTokenizer: text({
    location: true,
    help: "Tokenizer of the child: a folder or a hub repository. Default: the one beside the model.",
  }),
  teacherTokenizer: text({
    location: true,
    help: "Tokenizer of the teacher: a folder or a hub repository. Default: the one beside the model.",
  }),
  childEosTokenId: integer({
    min: 0,
    help: "ID of the child's end-of-sequence token. Default: the one in its configuration.",
  }),
  childPadTokenId: integer({
    min: 0,
    help: "ID of the child's padding token. Default: the one in its configuration.",
  }),
  teacherEosTokenId: integer({
    min: 0,
    help: "ID of the teacher's end-of-sequence token. Default: the one in its configuration.",
  }),
  teacherPadTokenId: integer({
    min: 0,
    help: "ID of the teacher's padding token. Default: the one in its configuration.",
  }),
  revision: text({
    default: "main",
    help: "Branch, tag or commit of hub repositories. A name that ends in `@revision` overrides it.",
  }),
  device: text({
    default: "auto",
    words: ["auto", "cpu", "cuda"],
    help: "Device to compute on: auto, cpu, cuda or cuda:N.",
  }),
  threads: integer({ min: 1, help: "CPU threads within one operation. Default: all cores." }),
});
