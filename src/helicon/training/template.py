"""The chat template stored in nano's GGUF; ``helicon.training.tokenizer`` writes the same text."""

from __future__ import annotations

CHAT_TEMPLATE = """\
{#- helicon-nano -#}
{%- macro text(content) -%}
{%- if content is string -%}{{- content -}}
{%- elif content -%}
{%- for part in content -%}{%- if part.text is string -%}{{- part.text -}}{%- endif -%}{%- endfor -%}
{%- endif -%}
{%- endmacro -%}
{%- set asked = namespace(last=-1) -%}
{%- for message in messages -%}
{%- if message.role == 'user' -%}{%- set asked.last = loop.index0 -%}{%- endif -%}
{%- endfor -%}
{%- for message in messages -%}
{%- set content = text(message.content) -%}
{%- if message.role == 'assistant' -%}
{%- set reasoning_content = '' -%}
{%- if message.reasoning_content is string -%}{%- set reasoning_content = message.reasoning_content -%}{%- endif -%}
{%- if '</think>' in content -%}{%- set content = content.split('</think>')[-1].lstrip('\\n') -%}{%- endif -%}
{{- '<|im_start|>assistant\\n' -}}
{%- if loop.index0 > asked.last and (loop.last or reasoning_content) -%}
{{- '<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') -}}
{%- else -%}
{{- content -}}
{%- endif -%}
{{- '<|im_end|>\\n' -}}
{%- elif message.role == 'system' or message.role == 'developer' -%}
{{- '<|im_start|>system\\n' + content + '<|im_end|>\\n' -}}
{%- else -%}
{{- '<|im_start|>user\\n' + content + '<|im_end|>\\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- if enable_thinking is defined and enable_thinking is false -%}
{{- '<think>\\n\\n</think>\\n\\n' -}}
{%- endif -%}
{%- endif -%}
"""
"""ChatML as Qwen3 uses it; ``enable_thinking`` false closes an empty thought in the prompt."""
