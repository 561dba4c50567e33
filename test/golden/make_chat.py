"""Renders chats in the forms of published models with transformers and stores texts and ids.

    python -m venv venv && venv/bin/pip install -r test/golden/requirements.txt
    venv/bin/python test/golden/make_chat.py

Each template produces the form of a published model. The tokenizers are tiny: one of bytes, as Llama 3 and Qwen have it,
and one with U+2581 for blanks and byte fallback, as Llama 2, Mistral, Gemma and Phi-3 have it.
"""

import json
from datetime import datetime
from pathlib import Path

import transformers.utils.chat_template_utils as chat_utils
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

HERE = Path(__file__).parent / "chat"

TEXT = """A:: So, uh, did you ever get that boat in the water?
B:: Well, we did, and then it, it wouldn't start.
You help a learner. Partial dialogue: Learner's turn: Write a better version of the learner's turn.
[INST] <<SYS>> <</SYS>> [/INST] <|user|> <|assistant|> <|system|> system user assistant model
"""

WORDING = {"system": "You help a learner.", "request": "Write a better version."}

# The partial dialogue and the turn of the learner.
EXCHANGES = [
    ("A:: So, uh, did you ever get that boat?\nB:: Well, we did.", "it wouldn't start"),
    ("A:: caf\u00e9  \U0001F600\n\nB:: 1,250", ""),
]

CONVERSATIONS = [
    [("user", "So, did you?")],
    [("system", "Be  brief.\n"), ("user", "  So, did you?\n")],
    [("user", "So?"), ("assistant", " Well, we did. "), ("user", "And then?")],
    [("system", "Be brief."), ("user", "So?"), ("assistant", "Well."), ("user", "And caf\u00e9 \u4f60 \U0001F600?")],
]

LLAMA3 = (
    "{% for m in messages %}{% set text = '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' + m['content'] | trim"
    " + '<|eot_id|>' %}{{ bos_token + text if loop.first else text }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)

# Llama 3.1 and 3.2: always a system message, with a date.
LLAMA32 = """{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- The system message is separated from the others. #}
{%- set first = '' %}
{%- if messages[0].role == 'system' %}
    {%- set first = messages[0].content | trim %}
    {%- set messages = messages[1:] %}
{%- endif %}
{%- macro header(role) %}{{ '<|start_header_id|>' ~ role ~ '<|end_header_id|>\\n\\n' }}{% endmacro %}
{{- header('system') }}
{%- if tools is not none %}
    {{- 'Environment: ipython\\n' }}
{%- endif %}
{{- 'Cutting Knowledge Date: December 2023\\n' }}
{{- 'Today Date: ' + date_string + '\\n\\n' }}
{{- first + '<|eot_id|>' }}
{%- for message in messages %}
    {%- if message.role in ['user', 'assistant'] and not 'tool_calls' in message %}
        {{- header(message.role) + message.content | trim + '<|eot_id|>' }}
    {%- elif message.role == 'tool' %}
        {{- header('ipython') + message.content | tojson + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- header('assistant') }}
{%- endif %}
"""

LLAMA2 = (
    "{% if messages[0]['role'] == 'system' %}{% set rest = messages[1:] %}{% set system = messages[0]['content'] %}"
    "{% else %}{% set rest = messages %}{% set system = false %}{% endif %}{% for m in rest %}"
    "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('The roles must alternate.') }}{% endif %}"
    "{% if loop.index0 == 0 and system != false %}"
    "{% set content = '<<SYS>>\n' + system + '\n<</SYS>>\n\n' + m['content'] %}{% else %}{% set content = m['content'] %}"
    "{% endif %}{% if m['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% elif m['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
)

# SmolLM2: ChatML with a system message of its own when the chat has none.
CHATML = (
    "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are an assistant.<|im_end|>\n' }}{% endif %}"
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

QWEN = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are an assistant made by someone.' }}
    {%- endif %}
    {{- '\\n\\n# Tools\\n<tools>' }}
    {%- for tool in tools %}
        {{- '\\n' }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- '\\n</tools><|im_end|>\\n' }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou are an assistant made by someone.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == 'user') or (message.role == 'system' and not loop.first) or (message.role == 'assistant' and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>' + message.role }}
        {%- for call in message.tool_calls %}
            {{- '\\n<tool_call>\\n' + call.name + call.arguments | tojson + '\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

MISTRAL1 = (
    "{{ bos_token }}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('After a user comes the assistant.') }}{% endif %}{% if m['role'] == 'user' %}"
    "{{ '[INST] ' + m['content'] + ' [/INST]' }}{% elif m['role'] == 'assistant' %}{{ m['content'] + eos_token + ' ' }}"
    "{% else %}{{ raise_exception('There are users and assistants only.') }}{% endif %}{% endfor %}"
)

# Mistral v0.3: the system message stands in the last message of the user.
MISTRAL3 = """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set rest = messages[1:] %}
{%- else %}
    {%- set rest = messages %}
{%- endif %}
{%- set users = rest | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace(index=0) %}
{%- for message in rest %}
    {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
        {{- raise_exception("The roles must alternate.") }}
    {%- endif %}
    {%- set ns.index = ns.index + 1 %}
{%- endfor %}
{{- bos_token }}
{%- for message in rest %}
    {%- if message["role"] == "user" %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"] | trim + eos_token }}
    {%- endif %}
{%- endfor %}
"""

# Zephyr and TinyLlama: the role headers are text, only the end token is special.
ZEPHYR = """{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\n'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}"""

GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('No system messages here.') }}{% endif %}"
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('The roles must alternate.') }}{% endif %}"
    "{% set role = 'model' if m['role'] == 'assistant' else m['role'] %}"
    "{{ '<start_of_turn>' + role + '\n' + m['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
)

PHI3 = (
    "{% for m in messages %}{% if m['role'] == 'system' %}{{ '<|system|>\n' + m['content'] + '<|end|>\n' }}"
    "{% elif m['role'] == 'user' %}{{ '<|user|>\n' + m['content'] + '<|end|>\n' }}"
    "{% elif m['role'] == 'assistant' %}{{ '<|assistant|>\n' + m['content'] + '<|end|>\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}"
)

# Granite and Mistral Small: today's date without a default. The marker of the assistant's text is generation's.
DATED = """{%- if messages[0]['role'] != 'system' %}
  {%- set messages = [{'role': 'system', 'content': 'An assistant.'}] + messages %}
{%- endif %}
{%- for message in messages %}
  {{- '<|im_start|>' + message['role'] + '\\n' }}
  {%- if loop.first %}
    {{- "Today's Date: " + strftime_now('%B %d, %Y') + '.\\n' }}
    {{- {'tools': tools, 'text': message['content'], 'count': messages | length, 'list': [1.5, true]} | tojson + '\\n' }}
  {%- endif %}
  {%- if message['role'] == 'assistant' %}
    {%- generation %}{{- message['content'] + '<|im_end|>' }}{% endgeneration %}
  {%- else %}
    {{- message['content'] + '<|im_end|>' }}
  {%- endif %}
  {{- '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
"""

LLAMA3_SPECIALS = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
CHATML_SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]

SHAPES = {
    "llama-3": ("bytes", LLAMA3, LLAMA3_SPECIALS, {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}),
    "llama-3.2": ("bytes", LLAMA32, LLAMA3_SPECIALS, {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}),
    "llama-2": ("blanks", LLAMA2, [], {"bos_token": "<s>", "eos_token": "</s>"}),
    "smollm2": ("bytes", CHATML, CHATML_SPECIALS, {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"}),
    "qwen2.5": ("bytes", QWEN, CHATML_SPECIALS, {"bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}),
    "mistral-0.1": ("blanks", MISTRAL1, [], {"bos_token": "<s>", "eos_token": "</s>"}),
    "mistral-0.3": ("blanks", MISTRAL3, ["[INST]", "[/INST]"], {"bos_token": "<s>", "eos_token": "</s>"}),
    "zephyr": ("blanks", ZEPHYR, [], {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}),
    "gemma": ("blanks", GEMMA, ["<start_of_turn>", "<end_of_turn>"], {"bos_token": "<s>", "eos_token": "</s>"}),
    "phi-3": (
        "blanks", PHI3, ["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"],
        {"bos_token": "<s>", "eos_token": "<|endoftext|>"},
    ),
    "dated": ("bytes", DATED, CHATML_SPECIALS, {"bos_token": "<|endoftext|>", "eos_token": "<|im_end|>"}),
}


# Where another interpreter of Jinja could give another text without an error. `messages` is the last conversation.
EXPRESSIONS = [
    "{% set n = 1 %}{% for m in messages %}{% set n = n + 1 %}{{ n }}{% endfor %}{{ n }}",
    "{% set first = true %}{% for m in messages %}{% if first %}{{ m.role }};{% set first = false %}{% endif %}{% endfor %}",
    "{% for m in messages %}{% if loop.first %}{% set seen = m.content %}{% endif %}{{ seen is defined }},{% endfor %}",
    "{% for a in [1, 2] %}{% for b in [1, 2] %}{% set c = (c or 0) + b %}{{ c }}{% endfor %}{{ c is defined }}{% endfor %}",
    "{% for k, v in messages[0].items() %}{% set x = k ~ v %}{{ x }}{{ loop.index }}{% if loop.last %}!{% endif %}{% endfor %}",
    "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
    "{% for m in messages %}{% set n = namespace(x=loop.index) %}{{ n.x }}{% endfor %}",
    "{% macro f(x) %}{% for m in messages %}{% set x = x + 1 %}{{ x }}{% endfor %}{% endmacro %}{{ f(1) }}",
    "{{ '\n  x \n'.strip('\n') }}|{{ '\n  x \n'.lstrip('\n') }}|{{ '\n  x \n'.rstrip('\n') }}|",
    "{{ 'abcxcba'.strip('ab') }} {{ 'aXa'.strip('') }} {{ 'aaa'.strip('a') }}| {{ '\U0001F600x\U0001F600'.strip('\U0001F600') }}",
    "{{ messages[0].content.strip('B.') }} {{ messages[0]['content'].rstrip('.').lstrip('Be') }} {{ '  x '.strip() }}|",
    "{{ true }} {{ false }} {{ none }} {{ messages[0].x }}| {{ messages[0].get('x') }} {{ 1 == 1.0 }} {{ 'y' if false }}|",
    "{{ 'on: ' ~ true }} {{ none ~ '' }} {{ 1 ~ 2.0 }} {{ (messages | length > 2) ~ '!' }}",
    "{% if true %}{{ messages[0] is mapping }}{% else %}{{ none }}{% endif %}{% for x in [] %}{% else %}{{ false }}{% endfor %}",
    "{% set x %}{{ true }}{% endset %}{{ x }}{% macro f() %}{{ none }}{% endmacro %}{{ f() }}",
    "{{ '' == false }} {{ '' != false }} {{ 0 == false }} {{ 1 == true }} {{ '1' == 1 }} {{ '' == none }} {{ none == false }}",
    "{{ [1, true] == [1, 1] }} {{ {'a': [none]} == {'a': [none]} }} {{ {'a': 1} != {'a': 2} }} {{ [] == none }} {{ [] != '' }}",
    "{{ messages[0] == messages[:1][0] }} {{ messages[1:] == messages[1:] }} {{ messages[0].x == messages[1].x }}",
    "{{ messages[0].x == none }} {{ messages[0].x == '' }} {{ messages[0].role == 'system' and 'a' != 'b' }} {{ 1.0 == 1 }}",
    "{% set s = '' %}{% for m in messages %}{% if loop.first and s != false %}<<{{ s }}>>{% endif %}{% endfor %}",
    "{{ 7 / 2 }} {{ 6 / 2 }} {{ 1.0 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }}",
    "{% macro f() %}{{ kwargs.a }}{% endmacro %}{{ f(a='x') }}",
    "{% macro f() %}{% if varargs[0] == 'x' %}{{ varargs[1] }}{% endif %}{% endmacro %}{{ f('x', 'y') }}",
    "{{ 0 * -1 == 0 }} {% for m in messages %}{{ (loop.index0 - 2) % 2 == 0 }},{% endfor %}",
    "{% for m in messages %}{% if loop.first %}{% continue %}{% endif %}{{ m.role }};{% endfor %}",
]


class FixedDate(datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26)


def byte_base():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=330, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(TEXT.splitlines(keepends=True), trainer)
    return tokenizer


def blank_base():
    """A tokenizer as transformers converts it from SentencePiece: bytes for unknown characters, no pre-tokenizer."""
    learnt = Tokenizer(models.BPE(unk_token="<unk>"))
    learnt.normalizer = normalizers.Replace(" ", "\u2581")
    trainer = trainers.BpeTrainer(vocab_size=110, special_tokens=["<unk>"], show_progress=False)
    learnt.train_from_iterator([word for line in TEXT.split("\n") for word in line.replace(" ", " \0").split("\0")], trainer)
    model = json.loads(learnt.to_str())["model"]
    vocab = {"<unk>": 0, "<s>": 1, "</s>": 2, **{f"<0x{byte:02X}>": 3 + byte for byte in range(256)}}
    for token in sorted(model["vocab"], key=model["vocab"].get):
        vocab.setdefault(token, len(vocab))
    merges = [tuple(merge.split(" ")) if isinstance(merge, str) else tuple(merge) for merge in model["merges"]]
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in ("<unk>", "<s>", "</s>")])
    return tokenizer


def build(base, specials, config):
    """Appends the special tokens of a shape to a base, as the test does."""
    data = json.loads(base)
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    first = len(data["model"]["vocab"])
    data["added_tokens"] += [{"id": first + at, "content": text, **flags} for at, text in enumerate(specials)]
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(json.dumps(data)), **config)


def apply(tokenizer, messages, **options):
    """Returns text and ids, or the message with which the template refuses."""
    chat = [{"role": role, "content": content} for role, content in messages]
    try:
        text = tokenizer.apply_chat_template(chat, tokenize=False, **options)
    except Exception as error:
        return {"refusal": str(error)}
    ids = tokenizer.apply_chat_template(chat, tokenize=True, **options)
    return {"text": text, "ids": list(getattr(ids, "input_ids", ids))}


def exchange(tokenizer, partial, turn, **options):
    """The teacher's prompt; a template without system messages gets the text in front of the user's."""
    user = f"Partial dialogue:\n{partial}\n\nLearner's turn:\n{turn}\n\n{WORDING['request']}"
    result = apply(tokenizer, [("system", WORDING["system"]), ("user", user)], **options)
    joined = "refusal" in result
    if joined:
        result = apply(tokenizer, [("user", WORDING["system"] + "\n\n" + user)], **options)
    return {"partial": partial, "turn": turn, "joined": joined, **result}


def main():
    HERE.mkdir(exist_ok=True)
    chat_utils.datetime = FixedDate
    bases = {"bytes": byte_base().to_str(), "blanks": blank_base().to_str()}
    for name, text in bases.items():
        (HERE / f"{name}.json").write_text(text + "\n")
    shapes = []
    for name, (base, template, specials, config) in SHAPES.items():
        tokenizer = build(bases[base], specials, config)
        tokenizer.chat_template = template
        dated = {"date_string": "05 Mar 2025"} if name == "llama-3.2" else {}
        shapes.append({
            "name": name, "base": base, "specials": specials, "config": {**config, "chat_template": template},
            "date": dated.get("date_string"),
            "chats": [
                {"messages": chat, "prompt": prompt, **apply(tokenizer, chat, add_generation_prompt=prompt, **dated)}
                for chat in CONVERSATIONS for prompt in (True, False)
            ],
            "exchanges": [exchange(tokenizer, *pair, add_generation_prompt=True, **dated) for pair in EXCHANGES],
        })
    lines = ",\n".join(json.dumps(shape) for shape in shapes)
    messages = [{"role": role, "content": content} for role, content in CONVERSATIONS[-1]]
    cases = [
        {"template": text, "text": chat_utils._compile_jinja_template(text).render(messages=messages)}
        for text in EXPRESSIONS
    ]
    lines_of_cases = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "jinja.json").write_text(f'{{"messages": {json.dumps(messages)}, "cases": [\n{lines_of_cases}\n]}}\n')
    (HERE / "expected.json").write_text(f'{{"wording": {json.dumps(WORDING)}, "shapes": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
